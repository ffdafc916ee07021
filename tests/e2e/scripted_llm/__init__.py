"""What the scripted model server can do: one file a kind of behaviour. Each function marked with @script is a script by its name."""

from . import answers, faults, probe, tools, wire_formats  # noqa: F401 (they enter their scripts)
