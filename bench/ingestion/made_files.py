"""Files to ingest that nobody wrote: the same for the same seed."""

import random

SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u")]


class Writer:
    """Sentences of made-up words; common words are common, as in a language."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        words = ["".join(self.random.choices(SYLLABLES, k=self.random.randrange(1, 5))) for _ in range(4000)]
        self.words, self.weights = words, [1 / (i + 1) for i in range(len(words))]

    def sentence(self):
        return " ".join(self.random.choices(self.words, self.weights, k=self.random.randrange(6, 18))).capitalize() + "."

    def text(self, words):
        sentences, count = [], 0
        while count < words:
            sentences.append(self.sentence())
            count += len(sentences[-1].split())
        return " ".join(sentences)


def wrapped(text, width):
    line = ""
    for word in text.split():
        if len(line) + len(word) >= width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def pdf(pages):
    """A PDF 1.4 of A4 pages in Helvetica, 10 points; each page a text of ASCII letters."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for page in pages:
        lines = "".join(f"({line}) Tj T*\n" for line in wrapped(page, 90))
        content = f"BT /F1 10 Tf 50 790 Td 13 TL\n{lines}ET".encode()
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % (len(objects) + 2))
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    file, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    count = len(objects) + 1
    return file + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, table, count, len(file))
