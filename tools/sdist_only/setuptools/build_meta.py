"""A build backend that builds nothing: with it in front on PYTHONPATH, `pip download` keeps a source package as it is.

pip asks the backend of a source package for its metadata before it saves the file; the real backend would configure
the whole project for that. The metadata it wants stands in PKG-INFO already.
"""

import email
import shutil
from pathlib import Path


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = email.message_from_string(Path("PKG-INFO").read_text())
    folder = f"{info['Name'].replace('-', '_')}-{info['Version']}.dist-info"
    target = Path(metadata_directory, folder)
    target.mkdir()
    shutil.copy("PKG-INFO", target / "METADATA")
    return folder


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(*arguments, **named):
    raise SystemExit("this backend only reads metadata")
