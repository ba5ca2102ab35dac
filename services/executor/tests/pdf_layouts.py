"""PDFs of several layouts, set by ReportLab: a paper in two columns, letters, slides, questions with answers, minutes,
an invoice, a scan, a locked file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

TITLE = "Cold storage of seed potatoes in shared cellars"
ABSTRACT = (
    "Small farms lose a tenth of their seed potatoes between harvest and planting. We kept 1,240 sacks in four "
    "shared cellars over two winters and measured how temperature and light change the loss. A cellar held at "
    "four degrees lost 3.1 per cent of its potatoes, and one without cooling lost 11.8 per cent. Most of the "
    "difference comes from the first three weeks after harvest."
)
SECTIONS = (
    (
        "1 Introduction",
        (
            "Seed potatoes are alive, and they breathe, sprout and rot while they wait for spring. Farms with "
            "less than five hectares seldom own a cooled store, so their potatoes lie in barns where frost and "
            "warm days follow each other. Earlier work looked at large stores, where the air is moved by fans "
            "(Brandt and Oyelaran, 2017). Nobody has measured what a shared cellar of several farms is worth.",
            "We asked eleven farms in two valleys to bring their seed potatoes into four cellars. Each farm kept "
            "a part of its harvest in its own barn, so that both could be compared. The well-known difficulty is "
            "that farms differ in their soils, their varieties and their care; we therefore compare every cellar "
            "with the barns of the same farms.",
        ),
    ),
    (
        "2 Method",
        (
            "The cellars were filled within ten days of harvest and opened once a week. Sensors at three heights "
            "wrote temperature and humidity every ten minutes. By a well-known rule a sack counted as lost when "
            "more than a third of its potatoes were soft, frozen or had sprouts longer than two centimetres. Two "
            "people counted every sack without knowing from which store it came.",
            "Two cellars were cooled by night air through a flap, one had a small compressor, and one was left as "
            "it was. The flaps open when the air outside is colder than the air inside and above one degree. Such "
            "a flap costs 85 euros and needs four watts.",
        ),
    ),
    (
        "3 Results",
        (
            "The compressor held its cellar at four degrees with a spread of half a degree. Night air held the "
            "two other cellars below seven degrees from the second week of October. In the cellar without cooling "
            "the potatoes stood at twelve degrees until November, and half of all its losses fell into these "
            "weeks.",
            "Over both winters the barns lost 14.2 per cent of their sacks. The cellars with night air lost 4.4 "
            "per cent, which is only a little more than the cellar with the compressor. Light made no difference "
            "that we could measure, although sacks near the door turned green sooner.",
        ),
    ),
    (
        "4 Conclusions",
        (
            "A shared cellar with a flap for night air saves two thirds of the seed potatoes that a barn loses. "
            "It pays for itself in the first winter from forty sacks on. We recommend to cool in the first three "
            "weeks after harvest, even where the rest of the winter stays uncooled.",
        ),
    ),
)
CAPTION = "Figure 1: Share of lost sacks by store and by week after harvest, both winters together."
FOOTNOTE = "Corresponding author; the farms' names are withheld at their own request."
REFERENCES = (
    "[1] A. Brandt and F. Oyelaran. Moving the air in large potato stores. Journal of Cool Things, 12:45-67, 2017.",
    "[2] L. Petit. What frost does to tubers, and when it does so. Proceedings of the Cellar Society, 2011.",
)

LETTER = (
    "Thank you for your call on Monday. We have looked at the damage in your kitchen and have good news: the "
    "insurance covers the floor and the two lower cupboards. It does not cover the dishwasher, because its hose "
    "was older than ten years.",
    "Our carpenter, Mr. Yilmaz, can begin on 14 April and needs about four days. Please empty the cupboards "
    "before then and switch off the water. The work costs 2,380 euros, of which you pay the first 150 euros "
    "yourself.",
    "We need your signature on the enclosed form by 2 April at the latest. Without it we cannot order the boards, "
    "and the work would move into May. Please send it back by post or hand it in at our office in Mill Lane.",
)
GERMAN_LETTER = (
    "vielen Dank für Ihr Schreiben vom 3. März 2026. Die Hausverwaltung hat die Abrechnung für das Jahr 2025 "
    "geprüft und einen Fehler gefunden. Die Kosten für den Aufzug wurden bei Ihnen doppelt berechnet, d. h. "
    "einmal mit den Betriebskosten und einmal bei der Wartung.",
    "Sie bekommen daher 148,20 Euro zurück. Der Betrag wird bis zum 30. April auf Ihr Konto bei der Sparkasse "
    "überwiesen. Die Vorauszahlung sinkt ab Mai um 12 Euro pro Monat, weil die Wartung günstiger geworden ist.",
    "Bitte prüfen Sie die beiliegende Abrechnung und teilen Sie uns bis zum 15. April mit, ob Sie einverstanden "
    "sind. Fragen beantwortet Frau Dr. Kessler unter der bekannten Nummer.",
)
SLIDES = (
    ("Winter sale: what we learned", ("Sales rose by 18 per cent over last winter", "Returns fell to one in nine")),
    ("Customers", ("Half of all buyers were new to the shop.", "They found us through the radio and not the web.")),
    ("Next steps", ("Order the boots in June instead of August.", "Keep the small store in the station open.")),
)

QUESTIONS = (
    (
        "How do I get a key to the workshop?",
        "Come to the office on a weekday between nine and noon and bring your membership card. The key costs a deposit "
        "of 20 euros, which you get back when you return it.",
    ),
    (
        "Can I bring my children?",
        "Yes, from the age of ten and as long as you stay with them. They may not use the table saw or the lathe.",
    ),
    ("What does it cost?", "Members pay 18 euros a month. Guests pay 6 euros for a day."),
    (
        "Which machines need a course?",
        "The table saw, the planer and the lathe. Courses are held on the first Saturday of every month.",
    ),
    (
        "Who pays for a broken tool?",
        "Wear and tear is paid by the club. If you break a tool by using it against the rules, you pay for the repair.",
    ),
    ("How do I leave the club?", "Write to the office by the end of November. Your membership ends with the year."),
)
MINUTES = (
    (
        "1. Water",
        (
            "The pump at the north gate leaks and loses about 40 litres a day",
            "Repair costs 310 euros; replacement costs 890 euros",
            "Decision: replace the pump before Easter",
            "Action: Tim asks two firms for offers by 12 March",
        ),
    ),
    (
        "2. Waiting list",
        (
            "23 people are waiting for a plot, 9 more than last year",
            "Decision: the four owners get a letter, and lose the plot if nothing happens by 1 May",
            "Action: Ruth writes the letters",
        ),
    ),
    ("3. Summer party", ("Date: Saturday 20 June, from 15:00", "Open: who brings the tent")),
)
INVOICE = (
    ("Item", "Quantity", "Unit price", "Amount"),
    ("Cargo bike, model Otter", "2", "1,850.00", "3,700.00"),
    ("Rain cover", "2", "95.00", "190.00"),
    ("Yearly service", "2", "120.00", "240.00"),
    ("Subtotal", "", "", "4,130.00"),
    ("VAT 19%", "", "", "784.70"),
    ("Total due (EUR)", "", "", "4,914.70"),
)

_BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=9.5, leading=11.5, alignment=4, firstLineIndent=10)
_HEAD = ParagraphStyle("head", fontName="Times-Bold", fontSize=11.5, leading=18)
_SMALL = ParagraphStyle("small", fontName="Times-Roman", fontSize=7.5, leading=9)
_TITLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=17, leading=21, alignment=1)


def paper(path: Path) -> Path:
    """Two columns below a title, an abstract and authors over both; heads that differ from side to side; a caption, a
    footnote, references; two words are broken by hand, "temperature" and "well-known"."""
    width, height = A4
    column, gutter = (width - 100 - 18) / 2, 18
    top = Frame(50, height - 190, width - 100, 120, id="top")

    def columns(space: float) -> list[Frame]:
        return [Frame(50 + n * (column + gutter), 70, column, space, 0, 0, 0, 0, id=f"c{n}") for n in range(2)]

    def furniture(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Times-Italic", 8)
        heads = ("Cellar Studies, volume 9", "Shared cellars for seed potatoes")
        canvas.drawString(50, height - 40, heads[document.page % 2])
        canvas.drawCentredString(width / 2, 40, str(document.page + 211))

    first, later = height - 270, height - 130
    document = BaseDocTemplate(str(path), pagesize=A4)
    document.addPageTemplates(
        [
            PageTemplate("first", [top, *columns(first)], onPage=furniture),
            PageTemplate("later", columns(later), onPage=furniture),
        ]
    )
    authors = ParagraphStyle("authors", parent=_BODY, alignment=1)
    story: list[Flowable] = [
        NextPageTemplate("later"),
        Paragraph(TITLE, _TITLE),
        Paragraph("Ines Albrecht, Tunde Bakare and Rosa Quintela", authors),
        Paragraph("Institute for Small Farms, Northfield", authors),
        FrameBreak(),
        Paragraph("Abstract", _HEAD),
        Paragraph(ABSTRACT.replace("temperature and", "tempera-<br/>ture and"), _BODY),
        Paragraph(FOOTNOTE, _SMALL),
    ]
    for heading, paragraphs in SECTIONS * 2:
        story.append(Paragraph(heading, _HEAD))
        story += [Paragraph(text.replace("The well-known", "The well-<br/>known"), _BODY) for text in paragraphs]
        if heading.startswith("3"):
            story.append(Paragraph(CAPTION, _SMALL))
    story.append(Paragraph("References", _HEAD))
    story += [Paragraph(text, _BODY) for text in REFERENCES]
    document.build(story)
    return path


def letter(path: Path, subject: str, greeting: str, paragraphs: tuple[str, ...], ending: str) -> Path:
    """A letterhead, an address, a date, a line with the subject, and a signature."""
    style = ParagraphStyle("letter", fontName="Helvetica", fontSize=11, leading=14, spaceAfter=9)
    document = BaseDocTemplate(str(path), pagesize=A4)

    def head(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 800, "Hollis & Daughters, Mill Lane 4, Northfield, telephone 555 0142")
        canvas.drawString(60, 30, "Bank of Northfield, account 0042 1187, register 3391")

    document.addPageTemplates([PageTemplate("letter", [Frame(60, 60, 470, 720)], onPage=head)])
    address = "Rivera family<br/>Harbour Street 12<br/>Northfield"
    texts = (address, "20 March 2026", subject, greeting, *paragraphs, ending)
    document.build([Paragraph(text, style) for text in texts])
    return path


def slides(path: Path) -> Path:
    canvas = Canvas(str(path), pagesize=landscape(A4))
    for number, (title, points) in enumerate(SLIDES, start=1):
        canvas.setFont("Helvetica-Bold", 30)
        canvas.drawString(60, 500, title)
        canvas.setFont("Helvetica", 20)
        for row, point in enumerate(points):
            canvas.drawString(80, 400 - 60 * row, f"\u2022 {point}")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 30, "Northfield Shoes")
        canvas.drawRightString(780, 30, str(number))
        canvas.showPage()
    canvas.save()
    return path


_PLAIN = ParagraphStyle("plain", fontName="Helvetica", fontSize=11, leading=14, spaceAfter=4)
_STRONG = ParagraphStyle("strong", fontName="Helvetica-Bold", fontSize=11, leading=15, spaceBefore=8)
_LARGE = ParagraphStyle("large", fontName="Helvetica-Bold", fontSize=18, leading=24)


def questions(path: Path) -> Path:
    """Bold questions of the text's size, each with its answer below."""
    story: list[Flowable] = [Paragraph("Questions about the workshop", _LARGE)]
    for question, answer in QUESTIONS:
        story += [Paragraph(question, _STRONG), Paragraph(answer, _PLAIN)]
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return path


def minutes(path: Path) -> Path:
    """Entries about the meeting, then numbered headings with bullets."""
    story: list[Flowable] = [
        Paragraph("Minutes of the garden committee", _LARGE),
        Paragraph("Date: 4 March 2026, 18:30 to 20:10", _PLAIN),
        Paragraph("Present: Ana Lopes, Tim Okafor, Ruth Heller, Jonas Wirth", _PLAIN),
    ]
    for heading, points in MINUTES:
        bullets = [ListItem(Paragraph(point, _PLAIN)) for point in points]
        story += [Paragraph(heading, _STRONG), ListFlowable(bullets, bulletType="bullet")]
    story += [Paragraph("4. Next meeting", _STRONG), Paragraph("Wednesday 1 April 2026 in the club house.", _PLAIN)]
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return path


def invoice(path: Path) -> Path:
    """Two entries as lines of text and one as two cells, a table with totals, and how to pay."""
    story: list[Flowable] = [
        Paragraph("Brightwater Cycles Ltd.", _PLAIN),
        Paragraph("14 Quay Road, Northfield", _PLAIN),
        Paragraph("INVOICE", _LARGE),
        Paragraph("Invoice number: 2026-0184", _PLAIN),
        Paragraph("Invoice date: 2 March 2026", _PLAIN),
        Table([("Due date", "1 April 2026")], colWidths=[220, 230]),
        Spacer(1, 10),
        Paragraph("Bill to: Harbour Nursery, 3 Pier Street, Northfield", _PLAIN),
        Spacer(1, 10),
        Table(INVOICE, colWidths=[220, 70, 80, 80]),
        Spacer(1, 10),
        Paragraph("Payment is due within 30 days. Please transfer the amount and state the invoice number.", _PLAIN),
        Paragraph("The bikes carry a warranty of two years. Thank you for your order.", _PLAIN),
    ]
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return path


def scan(path: Path) -> Path:
    """A page that is one grey picture."""
    header = b"P5 60 80 255\n"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawImage(ImageReader(BytesIO(header + bytes(range(200, 248)) * 100)), 0, 0, *A4)
    canvas.save()
    return path


def locked(path: Path) -> Path:
    canvas = Canvas(str(path), encrypt=StandardEncryption("secret", "owner"))
    canvas.drawString(60, 700, "Nobody reads this without the word.")
    canvas.save()
    return path


def restricted(path: Path) -> Path:
    """Anybody may read it, and only its owner may change it."""
    canvas = Canvas(str(path), encrypt=StandardEncryption("", "owner", canModify=0))
    canvas.drawString(60, 700, "Everybody may read this line. It is not for changing.")
    canvas.save()
    return path
