"""Which language a text is in, told by its commonest words or by its script; enough to split and weigh sentences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_COMMON = {
    "en": "the of and to in is that for it with as was on are be this by not or from at which but have an they we "
    "you has been were their its will can may if all our these more than when there into also such other so "
    "he she his her i my your who what would had do does no any some only",
    "de": "der die das und ist nicht ein eine den dem zu mit von im für auf sich des wird werden auch als an es "
    "sind bei oder aus wie nach wir ich sie er zur zum dass durch einer eines einem einen hat haben über so "
    "noch nur um wenn kann kein keine ihr ihre ihren unser vor bis",
    "fr": "le la les des et est un une du en que dans pour qui par sur pas au avec ce il elle sont plus ne se aux "
    "ou cette nous vous ont être leur a été ces son sa ses mais comme d l qu n s c",
    "es": "el la los las de y que en un una es por con para del se no al lo su sus como más son este esta fue ha "
    "han pero o sin sobre entre también ser nos le les muy ya",
    "it": "il lo la gli le di e che in un una è per con del della dei delle non si al alla sono come più da nel "
    "nella su questo questa ha hanno ma o anche ci era essere",
    "pt": "o a os as de e que em um uma é por com para do da dos das não se no na nos nas ao como mais são este "
    "esta foi mas ou também ser pelo pela sua seu",
    "nl": "de het een en van is dat in op te voor met niet zijn er aan die om ook als bij door naar uit wordt "
    "worden maar of we ik ze hij over dit deze nog kan",
    "pl": "i w na z się do nie że to jest o jak za po dla od przez a ale są oraz lub co ich jego jej tym które "
    "który by być",
    "sv": "och att det i en som är på av för med den till inte har ett om de var men sig vi kan från så ska eller",
}
COMMON = {language: frozenset(words.split()) for language, words in _COMMON.items()}
"""Language -> words that tell nothing of what a text is about, small."""
_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "HANGUL": "ko", "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar",
    "HEBREW": "he", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "THAI": "th", "ARMENIAN": "hy",
    "GEORGIAN": "ka",
}  # fmt: skip
SAMPLE_CHARS = 20_000
MIN_SCRIPT_SHARE = 0.3


def guess_language(text: str) -> str:
    """An ISO 639-1 code; "en" where nothing tells."""
    sample = text[:SAMPLE_CHARS]
    letters = [character for character in sample if character.isalpha()]
    scripts = Counter(unicodedata.name(character, "").partition(" ")[0] for character in letters[::5])
    for script, language in _SCRIPTS.items():
        if scripts[script] > MIN_SCRIPT_SHARE * max(len(letters) / 5, 1) / (3 if language == "ja" else 1):
            return language
    words = Counter(re.findall(r"[^\W\d_]+", sample.casefold()))
    scores = {language: sum(words[word] for word in common) for language, common in COMMON.items()}
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] else "en"
