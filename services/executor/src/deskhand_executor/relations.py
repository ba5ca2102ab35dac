"""Words that people use for others: relations ("mom", "dentist") and titles ("Dr.", "Coach", "bhai")."""

from __future__ import annotations

_RELATIONS = """
mother mom mum mommy mummy mama mamma maman mutti ma
father dad daddy papa pop papi vati
grandmother grandma granny gran nana oma abuela nonna babushka
grandfather grandpa grandad granddad opa abuelo nonno
wife missus
husband hubby
brother bro
sister sis
aunt auntie aunty tia
uncle tio
son
daughter
partner spouse
boss manager supervisor
doctor gp physician
lawyer attorney solicitor
babysitter sitter nanny
roommate flatmate
neighbour neighbor
landlord landlady
vet veterinarian
plumber
dentist
accountant bookkeeper
"""
_SPELLINGS = {line.split()[0]: tuple(line.split()) for line in _RELATIONS.strip().splitlines()}
_SAME = {word: line.split()[0] for line in _RELATIONS.strip().splitlines() for word in line.split()}

_TITLES = """
mr mrs ms miss mister missus mx sir madam madame maam dr doctor doc prof professor coach trainer nurse father
mother sister brother fr sr br rabbi imam pastor reverend rev deacon bishop captain capt lt lieutenant sgt sergeant
officer detective inspector judge justice senator president chef maestro sensei uncle aunt auntie aunty tio tia
herr frau monsieur mademoiselle maitre senor senora senorita don dona signor signora pan pani bhai ji san sama
hanim bey abla abi oppa unni sheikh hajji grandma grandpa cousin
"""
TITLES = frozenset(_TITLES.split())
SAME_TITLE = {"doctor": "dr", "doc": "dr", "professor": "prof", "auntie": "aunt", "aunty": "aunt", "reverend": "rev"}

SPOUSE_WORDS = ("wife", "husband", "partner")
"""What people say where a card has "spouse"."""

_LINKING = "from at of in the with my our a an for and who"
LINKING = frozenset(_LINKING.split())
"""Words between a name and what tells its bearer apart: "Dana from Acme"."""


def canonical(label: str) -> str:
    """A folded label -> the one word for what it says ("mum" -> "mother")."""
    return _SAME.get(label, label)


def spellings(label: str) -> tuple[str, ...]:
    """All words for the same relation ("mum" -> "mother", "mom", "mum", ...); none for what is no relation."""
    return _SPELLINGS.get(canonical(label), ())


def is_relation(label: str) -> bool:
    return label in _SAME
