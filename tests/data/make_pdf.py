"""make_pdf.py WORK OUT: writes WORK/report.fodt and WORK/paper.fodt for LibreOffice, and their truth to OUT."""
import sys
from xml.sax.saxutils import escape

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{title}</dc:title><meta:initial-creator>DocMind</meta:initial-creator></office:meta>
<office:styles>
<style:default-style style:family="paragraph"><style:text-properties style:font-name="DejaVu Serif" fo:font-size="10.5pt" fo:language="en" fo:country="GB"/></style:default-style>
<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties fo:margin-bottom="0.2cm" fo:text-align="{align}"/></style:style>
<style:style style:name="Title" style:family="paragraph"><style:paragraph-properties fo:margin-bottom="0.4cm" fo:text-align="center"/><style:text-properties fo:font-size="18pt" fo:font-weight="bold"/></style:style>
<style:style style:name="H1" style:family="paragraph" style:default-outline-level="1"><style:paragraph-properties fo:margin-top="0.4cm" fo:margin-bottom="0.3cm"/><style:text-properties fo:font-size="16pt" fo:font-weight="bold"/></style:style>
<style:style style:name="H2" style:family="paragraph" style:default-outline-level="2"><style:paragraph-properties fo:margin-top="0.3cm" fo:margin-bottom="0.2cm"/><style:text-properties fo:font-size="13pt" fo:font-weight="bold"/></style:style>
</office:styles>
<office:automatic-styles>
<style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="2cm" fo:margin-left="2.2cm" fo:margin-right="2.2cm"/>
<style:header-style><style:header-footer-properties fo:min-height="1cm" fo:margin-bottom="0.6cm"/></style:header-style>
<style:footer-style><style:header-footer-properties fo:min-height="1cm" fo:margin-top="0.6cm"/></style:footer-style></style:page-layout>
<style:style style:name="New" style:family="paragraph" style:parent-style-name="H1"><style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="NewBody" style:family="paragraph" style:parent-style-name="Body"><style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Columns" style:family="section"><style:section-properties><style:columns fo:column-count="2" fo:column-gap="0.8cm"/></style:section-properties></style:style>
<style:style style:name="T" style:family="table"><style:table-properties style:width="15cm" table:align="left"/></style:style>
<style:style style:name="Ruled" style:family="table-cell"><style:table-cell-properties fo:border="0.5pt solid #000000" fo:padding="0.1cm"/></style:style>
<style:style style:name="Plain" style:family="table-cell"><style:table-cell-properties fo:border="none" fo:padding="0.05cm"/></style:style>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4">
<style:header><text:p>{header}</text:p></style:header>
<style:footer><text:p>Page <text:page-number text:select-page="current"/> of <text:page-count/></text:p></style:footer>
</style:master-page></office:master-styles>
<office:body><office:text>
"""
TAIL = "</office:text></office:body></office:document>\n"


class Writer:
    def __init__(self, title, header, align="start"):
        self.xml = [HEAD.format(title=escape(title), header=escape(header), align=align)]
        self.truth = []

    def page(self):
        self.truth.append(f"\n=== page {1 + sum('=== page' in line for line in self.truth)}")

    def say(self, text):
        self.truth.append(text.replace("\u00ad", ""))

    def paragraph(self, text, style="Body"):
        self.xml.append(f'<text:p text:style-name="{style}">{escape(text)}</text:p>')
        self.say(text)

    def heading(self, text, level=1, style=None):
        self.xml.append(f'<text:h text:style-name="{style or f"H{level}"}" text:outline-level="{level}">{escape(text)}</text:h>')
        self.say(text)

    def table(self, rows, style):
        cell = lambda text: f'<table:table-cell table:style-name="{style}"><text:p>{escape(text)}</text:p></table:table-cell>'
        body = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in rows)
        columns = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
        self.xml.append(f'<table:table table:style-name="T">{columns}{body}</table:table><text:p/>')
        self.say("\n".join(["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])] + ["| " + " | ".join(row) + " |" for row in rows[1:]]))

    def raw(self, xml):
        self.xml.append(xml)

    def save(self, work, out, name):
        open(f"{work}/{name}.fodt", "w", encoding="utf-8").write("\n".join(self.xml) + TAIL)
        open(f"{out}/{name}.txt", "w", encoding="utf-8").write("\n".join(self.truth).lstrip("\n") + "\n")


TIDES = ("The harbour of Norrvik lies at the mouth of a short and shallow river. Twice a day the tide lifts the mud banks out of sight, and "
         "twice a day it gives them back to the gulls. A vessel that draws more than four metres may enter only in the two hours around high "
         "water, and then only with a pilot who was born on this coast or has sailed it for ten years.")
PILOTS = ("Seven pilots served the harbour during the year. They boarded 412 vessels, of which 391 were brought to their berths without delay. "
          "Fog closed the entrance on nineteen days, most of them in October, and on two days the wind alone was strong enough to keep every "
          "ship outside the bar. No vessel was lost, and none was damaged so badly that it had to be towed.")
DREDGER = ("The dredger Petronella worked in the inner basin from the middle of March until the end of May. She removed about thirty thousand "
           "cubic metres of silt and sand, which were carried to the old quarry behind the railway yard. The work cost less than planned, "
           "because the weather was mild and the crew lost only three days.")
LIGHTS = ("The lamp of the northern lighthouse was replaced in August. The new one needs a tenth of the power and can be seen from fourteen "
          "nautical miles. Fishermen complained at first that its light was too white; after a month nobody spoke of it any more.")
MONEY = ("Income rose for the third year in a row. The greater part came from harbour dues, the rest from rents, from the sale of water and "
         "from the small museum in the former customs house. The council decided to put one half of the surplus aside for the repair of the "
         "western breakwater, which has stood for ninety years and shows it.")
FUTURE = ("Next year the council intends to lengthen the fish quay by forty metres and to lay a second cable under the river. It will also "
          "decide whether the ferry to the islands may use the inner basin in winter. The inhabitants of the lower town are asked to send "
          "their opinions in writing before the first of February.")
TABLE = [["Quarter", "Vessels", "Cargo in tons", "Dues"], ["First", "81", "40,210", "61,300"], ["Second", "118", "58,944", "90,025"],
         ["Third", "131", "66,102", "101,870"], ["Fourth", "82", "39,877", "60,410"]]
CREW = [["Name", "Office", "Since"], ["Anna Holm", "Harbour master", "2009"], ["Piet de Vries", "Chief pilot", "2014"],
        ["Maria Lind", "Engineer", "2017"], ["Jon Berg", "Treasurer", "2020"]]


def report(work, out):
    w = Writer("Report of the Harbour Council", "Harbour of Norrvik, report of the year")
    w.page()
    w.heading("The harbour and its tides")
    w.paragraph(TIDES)
    w.heading("Pilots and vessels", 2)
    w.paragraph(PILOTS)
    w.paragraph(LIGHTS)
    w.page()
    w.heading("Works of the year", 1, "New")
    w.paragraph(DREDGER)
    w.heading("Traffic by quarter", 2)
    w.table(TABLE, "Ruled")
    w.paragraph(MONEY)
    w.page()
    w.heading("People", 1, "New")
    w.paragraph("These persons held an office at the end of the year.")
    w.table(CREW, "Plain")
    w.paragraph(FUTURE)
    w.page()
    w.heading("What comes next", 1, "New")
    w.paragraph(FUTURE)
    w.paragraph(TIDES)
    w.save(work, out, "report")


def soft(text):
    """Where long words may be parted."""
    for word, parted in {"harbour": "har\u00adbour", "vessel": "ves\u00adsel", "lighthouse": "light\u00adhouse", "museum": "mu\u00adseum",
                         "breakwater": "break\u00adwater", "removed": "re\u00admoved", "inhabitants": "in\u00adhab\u00adi\u00adtants",
                         "October": "Oc\u00adto\u00adber", "railway": "rail\u00adway", "replaced": "re\u00adplaced", "surplus": "sur\u00adplus",
                         "intends": "in\u00adtends", "lengthen": "length\u00aden", "opinions": "opin\u00adions", "during": "dur\u00ading",
                         "without": "with\u00adout", "entrance": "en\u00adtrance", "thousand": "thou\u00adsand", "weather": "weath\u00ader",
                         "fourteen": "four\u00adteen", "nautical": "nau\u00adti\u00adcal", "Fishermen": "Fish\u00ader\u00admen",
                         "greater": "great\u00ader", "customs": "cus\u00adtoms", "council": "coun\u00adcil", "decided": "de\u00adcided",
                         "western": "west\u00adern", "writing": "writ\u00ading", "carried": "car\u00adried", "Petronella": "Petro\u00adnella"}.items():
        text = text.replace(word, parted)
    return text


def paper(work, out):
    w = Writer("Silt in Shallow Harbours", "Journal of Small Ports, volume 12", "justify")
    pages = [[("Introduction", [TIDES, PILOTS, DREDGER]), ("Methods", [LIGHTS, MONEY, FUTURE, TIDES, PILOTS])],
             [("Results", [DREDGER, MONEY, LIGHTS]), ("Discussion", [FUTURE, PILOTS, TIDES, DREDGER, LIGHTS])],
             [("Conclusion", [MONEY, FUTURE, LIGHTS, PILOTS, TIDES])]]
    for number, page in enumerate(pages):
        w.page()
        if number == 0:
            w.paragraph("Silt in Shallow Harbours", "Title")
            w.paragraph("Abstract. We measured how quickly a small harbour fills with silt when nobody removes it, and what that costs.")
        else:
            w.paragraph(f"Part {number + 1} of the study follows below, in two columns like the first part.", "NewBody")
        w.raw(f'<text:section text:style-name="Columns" text:name="S{number}">')
        for title, paragraphs in page:
            w.heading(title)
            for text in paragraphs:
                w.paragraph(soft(text))
        w.raw("</text:section>")
    w.save(work, out, "paper")


if __name__ == "__main__":
    report(*sys.argv[1:])
    paper(*sys.argv[1:])
