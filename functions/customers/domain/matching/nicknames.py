"""Short names and what they may stand for. Baked in: a look-up at run time would be one more thing to be away."""

from __future__ import annotations

from collections.abc import Mapping

_FAMILIES = """
alexander alex al sandy xander; alexandra alex sandra alexa lexi; andrew andy drew; anthony tony ant; antonia toni
benjamin ben benny; catherine cathy kate katie cath; katherine kathy kate katie kath; charlotte lottie charlie
charles charlie chuck chas; christina chris tina chrissy; christine chris chrissy tina; christopher chris kit
daniel dan danny; danielle dani; david dave davey; deborah deb debbie; dennis den; dorothy dot dottie
edward ed eddie ted ned; eleanor ellie nell nora; elizabeth liz beth betty lizzie eliza lisa; emily em; emma em
frances fran frankie; francis frank; frederick fred freddie; gabriel gabe; george georgie; gerald gerry
gregory greg; harriet hattie; harold harry hal; helen nell; henry harry hal; isabella bella izzy; jacob jake
jacqueline jackie; james jim jimmy jamie; jennifer jen jenny; jessica jess jessie; joanna jo; john jack johnny
jonathan jon jonny; joseph joe joey; joshua josh; judith judy; julian jules; julia julie; kenneth ken kenny
kimberly kim; laura laurie; lawrence larry laurie; leonard len lenny; lewis lew; louise lou; lucy lu
margaret maggie meg peggy; martin marty; matthew matt; megan meg; michael mike mick mickey; michelle shelly
nathan nate; natalie nat; nathaniel nat nate; nicholas nick nicky; nicola nicky nikki; oliver ollie; olivia liv livvy
pamela pam; patricia pat patsy trish; patrick pat paddy; peter pete; philip phil; phillip phil; rachel rach
raymond ray; rebecca becky becca; richard rick dick richie; robert rob bob bobby robbie bert; ronald ron ronnie
rosemary rose rosie; russell russ; samantha sam sammy; samuel sam sammy; sarah sally; stephanie steph
stephen steve; steven steve; stuart stu; susan sue susie; terence terry; theodore theo ted; theresa terry tess
thomas tom tommy; timothy tim; valerie val; victoria vicky tori; vincent vince; walter walt; william will bill billy
zachary zach zac; abigail abi abby; alice ali; alison ali; amanda mandy; barbara barb babs; beatrice bea
"""


def _table() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for family in _FAMILIES.replace("\n", ";").split(";"):
        full, *short = family.split() or [""]
        for name in short:
            table.setdefault(name, set()).add(full)
    return {name: frozenset(full) for name, full in table.items()}


FULL_NAMES: Mapping[str, frozenset[str]] = _table()


def _short_names() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for short, full in FULL_NAMES.items():
        for name in full:
            table.setdefault(name, set()).add(short)
    return {name: frozenset(short) for name, short in table.items()}


SHORT_NAMES: Mapping[str, frozenset[str]] = _short_names()


def variants(given: str) -> frozenset[str]:
    """What somebody of a given name is called as well: its full names and its short ones."""
    return FULL_NAMES.get(given, frozenset()) | SHORT_NAMES.get(given, frozenset())


def full_names(given: str) -> frozenset[str]:
    """What a given name may stand for, itself included."""
    return FULL_NAMES.get(given, frozenset()) | {given}


def may_be_the_same(one: str, other: str) -> bool:
    """Whether one is a short form of the other, or both of one name."""
    return not full_names(one).isdisjoint(full_names(other))
