"""Names for generated people, the commonest first."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


FEMALE = _words(
    "olivia amelia emily jessica sophie charlotte emma lucy sarah laura rebecca hannah katherine elizabeth "
    "rachel victoria susan margaret patricia christine helen julie karen nicola jennifer amanda deborah alison "
    "samantha michelle catherine louise natalie danielle stephanie kimberly abigail megan eleanor isabella grace "
    "chloe ella freya alice florence ruby daisy phoebe martha rosemary dorothy joan barbara judith pamela "
    "theresa frances irene maria anna zoe claire angela tracey sandra linda jacqueline joanna aisha fatima priya "
    "mei sofia ingrid zofia"
)
MALE = _words(
    "oliver george jack harry james william thomas david michael john robert daniel matthew christopher andrew "
    "joseph samuel benjamin alexander nicholas jonathan stephen peter richard paul mark anthony edward charles "
    "henry frederick jacob joshua luke adam ryan liam callum lewis nathan connor patrick kevin brian alan keith "
    "graham kenneth gary simon philip timothy gregory raymond ronald leonard lawrence walter arthur stanley "
    "albert mohammed ahmed arjun wei lukas mateusz pawel carlos ethan noah theodore isaac dylan zachary gabriel"
)
COMMON_FAMILY = _words(
    "smith jones taylor brown williams wilson johnson davies patel robinson wright thompson evans walker white "
    "roberts green hall thomas clarke jackson wood harris edwards turner martin cooper hill ward hughes moore "
    "clark king harrison lewis baker lee allen morris khan scott watson davis parker bennett young phillips "
    "richardson griffiths shaw ahmed hussain kaur singh begum ali murphy kelly singh nowak kowalski chen wang "
    "garcia silva"
)
_FIRST = (
    "ash brad hart wool lang whit nor black thorn ald brom can den east fair gar hal kirk lind mar new oak pem red "
    "sel stan thur up wal win york barn cliff dray ever field"
)
_LAST = "ley ford ton well field ham wick worth more by dale hurst stead comb bridge wood man son shaw brook"
RARE_FAMILY = [first + last for last in _LAST.split() for first in _FIRST.split()]
STREETS = _words(
    "high church station victoria green mill park london queen king albert manor windsor school grange "
    "springfield highfield york chester north south west garden meadow orchard canal river bridge castle abbey"
)
STREET_KINDS = ("Street", "Road", "Avenue", "Lane", "Close", "Drive")
STREET_SHORT = {"Street": "St", "Road": "Rd", "Avenue": "Ave", "Lane": "Ln", "Close": "Cl", "Drive": "Dr"}
AREAS = ("LS", "YO", "HU", "BD", "HX", "S", "DN", "M", "WF", "HG")
CITIES = (
    "Leeds",
    "York",
    "Hull",
    "Bradford",
    "Halifax",
    "Sheffield",
    "Doncaster",
    "Manchester",
    "Wakefield",
    "Harrogate",
)
PROVIDERS = ("gmail.com", "outlook.com", "yahoo.co.uk", "icloud.com", "btinternet.com", "example.co.uk")
