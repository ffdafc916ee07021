#!/usr/bin/env bash
# make_text.sh: writes tests/data/corpus/text anew from source.md, by pandoc, iconv and Python's own modules.
# Needs: pandoc, iconv, python3. What the readers must make of it is in truth.txt.
set -euo pipefail
cd "$(dirname "$0")/corpus/text"

pandoc -s -t html5 -o keeper.html source.md
pandoc -s -t rst -o keeper.rst source.md
pandoc -s -t latex --no-highlight -o keeper.tex source.md
pandoc -s -t docbook5 -o keeper.xml source.md
pandoc -s -t gfm -o keeper.md source.md

# The same page as a site shows it: between a menu, a sidebar and a footer.
python3 - <<'PY'
import re
page = open("keeper.html", encoding="utf-8").read()
body = re.search(r"</header>(.*)</body>", page, re.S).group(1)
links = "".join(f'<li><a href="/{n}">Menu entry {n}</a></li>' for n in range(40))
open("site.html", "w", encoding="utf-8").write(f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The keeper’s handbook</title>
<meta name="author" content="Zoë Brontë"></head><body><div id="cookie-consent">We use cookies. <button>Fine</button></div>
<header><a href="/">Lighthouses</a></header><nav><ul>{links}</ul></nav><div class="page"><div class="content">{body}</div>
<div class="sidebar"><h3>Other pages</h3><ul>{links}</ul></div></div><footer><p>© 1903 The lighthouse. All rights reserved.</p></footer></body></html>
""")
PY

# Plain text with a form feed before each chapter, in many encodings.
python3 - <<'PY'
text = open("truth.txt", encoding="utf-8").read()
for chapter in ("The lamp\n", "Closing words\n"):
    text = text.replace("\n" + chapter, "\f" + chapter)
open("keeper.txt", "w", encoding="utf-8").write(text)
PY
plain() { sed 's/‑/-/g' keeper.txt; }
plain | iconv -f UTF-8 -t WINDOWS-1252 >keeper.windows-1252.txt
plain | iconv -f UTF-8 -t UTF-16LE >keeper.utf-16le.txt
plain | iconv -f UTF-8 -t UTF-16BE >keeper.utf-16be.txt
plain | iconv -f UTF-8 -t UTF-32LE >keeper.utf-32le.txt
for encoding in WINDOWS-1251 KOI8-R ISO-8859-5; do iconv -f UTF-8 -t $encoding russian.txt >russian.${encoding,,}.txt; done
for encoding in SHIFT_JIS EUC-JP ISO-2022-JP; do iconv -f UTF-8 -t $encoding japanese.txt >japanese.${encoding,,}.txt; done
iconv -f UTF-8 -t GB18030 chinese.txt >chinese.gb18030.txt
iconv -f UTF-8 -t BIG5 taiwanese.txt >taiwanese.big5.txt
iconv -f UTF-8 -t ISO-8859-7 greek.txt >greek.iso-8859-7.txt

python3 - <<'PY'
import csv, email.message, email.policy, email.utils, json, mailbox, os

rows = [["Year", "Ships", "Cargo"], ["1871", "4112", "coal, timber"], ["1872", "3987", "grain"], ["1873", "4320", "coal, naïve \"art\""]]
for name, dialect in (("ships.csv", {"delimiter": ","}), ("ships-semicolon.csv", {"delimiter": ";", "quoting": csv.QUOTE_ALL}), ("ships.tsv", {"delimiter": "\t"})):
    with open(name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, **dialect).writerows(rows)

records = [dict(zip(rows[0], row)) for row in rows[1:]]
json.dump({"title": "Ships", "keeper": {"name": "Jürgen Großmann", "years": 32}, "ships": records}, open("ships.json", "w"), indent=1)
text = open("truth.txt", encoding="utf-8").read()
chapters = [("Introduction", "The lamp"), ("The lamp", "Closing words"), ("Closing words", None)]
with open("chapters.jsonl", "w") as file:
    for title, end in chapters:
        begin = text.index("\n" + title + "\n") if title != "Introduction" else -1
        stop = text.index("\n" + end + "\n") if end else len(text)
        file.write(json.dumps({"title": title, "text": text[begin + 1 + len(title):stop].strip()}) + "\n")

def message(subject, body, policy):
    mail = email.message.EmailMessage(policy=policy)
    mail["From"] = "Zoë Brontë <zoe@example.org>"
    mail["To"] = "Jürgen Großmann <juergen@example.org>"
    mail["Subject"] = subject
    mail["Date"] = "Wed, 01 May 2024 10:00:00 +0200"
    mail.set_content(body, cte="quoted-printable")
    return mail

mail = message("The keeper’s handbook – a draft that is long enough to be folded over more than one line", text, email.policy.SMTP)
mail.add_alternative(open("keeper.html", encoding="utf-8").read(), subtype="html")
mail.add_attachment(open("ships.csv", "rb").read(), maintype="text", subtype="csv", filename="Schiffe für Zoë.csv")
mail.set_boundary("outer-boundary")
for part in mail.walk():
    if part.get_content_type() == "multipart/alternative":
        part.set_boundary("inner-boundary")
open("handbook.eml", "wb").write(mail.as_bytes())

if os.path.exists("keeper.mbox"):
    os.remove("keeper.mbox")
box = mailbox.mbox("keeper.mbox")
for number, (title, _) in enumerate(chapters):
    mail = mailbox.mboxMessage(message(title, f"Chapter {number + 1}\n\nFrom here on it is {title}.\n", email.policy.default))
    mail.set_from("zoe@example.org", (2024, 5, 1, 10, number, 0, 2, 122, 0))
    box.add(mail)
box.flush()
PY
