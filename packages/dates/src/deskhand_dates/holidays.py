"""Holidays by name: the US federal ones with their US rules, and the common ones around them (rule 13).

Movable feasts come from dateutil's `easter`; everything else is a fixed day or the nth weekday of a month.
"""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter

from .civil import nth_weekday

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)

# month, day
_FIXED: dict[str, tuple[int, int]] = {
    "new years day": (1, 1),
    "epiphany": (1, 6),
    "burns night": (1, 25),
    "groundhog day": (2, 2),
    "lincolns birthday": (2, 12),
    "valentines day": (2, 14),
    "leap day": (2, 29),
    "womens day": (3, 8),
    "pi day": (3, 14),
    "st patricks day": (3, 17),
    "april fools day": (4, 1),
    "tax day": (4, 15),
    "earth day": (4, 22),
    "may day": (5, 1),
    "cinco de mayo": (5, 5),
    "flag day": (6, 14),
    "juneteenth": (6, 19),
    "canada day": (7, 1),
    "independence day": (7, 4),
    "bastille day": (7, 14),
    "patriot day": (9, 11),
    "halloween": (10, 31),
    "all saints day": (11, 1),
    "day of the dead": (11, 2),
    "guy fawkes night": (11, 5),
    "veterans day": (11, 11),
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "boxing day": (12, 26),
    "new years eve": (12, 31),
}
# month, weekday, n (-1 = last)
_NTH: dict[str, tuple[int, int, int]] = {
    "mlk day": (1, MON, 3),
    "presidents day": (2, MON, 3),
    "mothers day": (5, SUN, 2),
    "armed forces day": (5, SAT, 3),
    "memorial day": (5, MON, -1),
    "arbor day": (4, FRI, -1),
    "fathers day": (6, SUN, 3),
    "labor day": (9, MON, 1),
    "columbus day": (10, MON, 2),
    "thanksgiving": (11, THU, 4),
}
# days from Easter Sunday
_EASTER: dict[str, int] = {
    "fat tuesday": -47,
    "ash wednesday": -46,
    "palm sunday": -7,
    "maundy thursday": -3,
    "good friday": -2,
    "holy saturday": -1,
    "easter": 0,
    "easter monday": 1,
    "ascension day": 39,
    "pentecost": 49,
    "whit monday": 50,
}
# days from Thanksgiving
_THANKSGIVING: dict[str, int] = {
    "thanksgiving eve": -1,
    "black friday": 1,
    "small business saturday": 2,
    "cyber monday": 4,
    "giving tuesday": 5,
}

_ALIASES: dict[str, str] = {
    "new years day": "new years|new year|new year day|nyd",
    "epiphany": "three kings day|three kings",
    "mlk day": "mlk|martin luther king day|martin luther king jr day|martin luther king junior day|dr king day",
    "groundhog day": "ground hog day|groundhogs day",
    "valentines day": "valentines|valentine day|saint valentines day|st valentines day|st valentines",
    "presidents day": "president day|washingtons birthday|washington birthday",
    "fat tuesday": "mardi gras|shrove tuesday|pancake day|pancake tuesday",
    "maundy thursday": "holy thursday",
    "womens day": "international womens day",
    "st patricks day": "saint patricks day|st patrick day|st pattys day|st paddys day|paddys day|st patricks"
    "|saint patrick day|saint patricks|saint pattys day|saint paddys day|st patty day",
    "easter": "easter sunday|easter day|pascha",
    "april fools day": "april fools|april fool day|all fools day",
    "tax day": "us tax day",
    "may day": "international workers day",
    "mothers day": "mother day|moms day|mom day",
    "fathers day": "father day|dads day|dad day",
    "memorial day": "",
    "independence day": "",
    "labor day": "labour day",
    "columbus day": "indigenous peoples day|indigenous people day",
    "patriot day": "",
    "halloween": "all hallows eve|halloween day",
    "all saints day": "all saints|all hallows day",
    "day of the dead": "all souls day|dia de los muertos|dia de muertos",
    "guy fawkes night": "guy fawkes day|guy fawkes|bonfire night",
    "election day": "us election day|elections day",
    "veterans day": "veteran day|armistice day|remembrance day",
    "thanksgiving": "thanksgiving day|turkey day",
    "thanksgiving eve": "",
    "black friday": "",
    "small business saturday": "",
    "cyber monday": "",
    "giving tuesday": "",
    "christmas eve": "xmas eve",
    "christmas day": "christmas|xmas day",
    "boxing day": "st stephens day|saint stephens day|second christmas day",
    "new years eve": "new year eve|nye|silvester|sylvester|hogmanay",
    "pentecost": "whit sunday|whitsun",
    "arbor day": "",
    "juneteenth": "june teenth|juneteenth day",
    "cinco de mayo": "cinco mayo",
    "earth day": "",
}


def names() -> dict[str, str]:
    """Every spelling of a holiday -> its key."""
    table = {key: key for source in (_FIXED, _NTH, _EASTER, _THANKSGIVING) for key in source}
    table["election day"] = "election day"
    for key, row in _ALIASES.items():
        for alias in row.split("|"):
            if alias:
                table[alias] = key
    return table


NAMES: dict[str, str] = names()
LONGEST_NAME = max(len(name.split()) for name in NAMES)


def holiday(key: str, year: int) -> date | None:
    """The day of a holiday in a year; None in a year without it (leap day)."""
    if key in _FIXED:
        month, day = _FIXED[key]
        try:
            return date(year, month, day)
        except ValueError:
            return None
    if key in _EASTER:
        return easter(year) + timedelta(days=_EASTER[key])
    if key == "election day":  # the Tuesday after the first Monday of November
        monday = nth_weekday(year, 11, MON, 1)
        return monday + timedelta(days=1) if monday else None
    if key in _THANKSGIVING:
        thursday = nth_weekday(year, 11, THU, 4)
        return thursday + timedelta(days=_THANKSGIVING[key]) if thursday else None
    month, weekday, n = _NTH[key]
    return nth_weekday(year, month, weekday, n)
