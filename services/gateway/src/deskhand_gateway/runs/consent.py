"""A plain yes or no, as the whole of what somebody says."""

from __future__ import annotations

import re

_FILLERS = re.compile(r"\b(?:please|thanks|thank you)\b")
_SIGNS = re.compile(r"[^\w\s]+")

_YES = """
yes | yeah | yep | yup | y | sure | ok | okay | go ahead | go on | do it | do that | do so | send it | approve |
approved | approve it | i approve | confirm | confirmed | go for it | of course | yes do | yes go ahead | yes do it |
yes do that | yes send it | yes approve | yes i do | yes of course | yes sure | ok go ahead | ok do it | ok send it |
okay go ahead | okay do it | okay send it | sure go ahead | sure do it | sure send it
"""
_NO = """
no | nope | n | nah | dont | do not | dont do it | do not do it | dont do that | dont send it | do not send it |
cancel | cancel it | cancel that | stop | deny | denied | deny it | leave it | never mind | nevermind | forget it |
skip it | rather not | better not | no dont | no do not | no dont do it | no dont send it | no cancel | no cancel it |
no stop | no leave it | no never mind
"""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


YES, NO = _phrases(_YES), _phrases(_NO)


def consent(said: str) -> bool | None:
    """True for yes, False for no, None for anything that says more: "yes, and text Bo" is a command of its own."""
    words = said.casefold().replace("’", "'").replace("'", "")
    words = " ".join(_FILLERS.sub(" ", _SIGNS.sub(" ", words)).split())
    if words in YES:
        return True
    return False if words in NO else None
