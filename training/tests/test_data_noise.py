"""What is done to a sentence leaves its values alone, and what is drawn can be read again."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from deskhand_contract.compact import decode
from deskhand_dates import DateError, parse_duration, resolve
from deskhand_training.data.augment import Sampler, sketches
from deskhand_training.data.compose import join
from deskhand_training.data.draft import Draft, fill, flatten, original, to_example
from deskhand_training.data.fill import Pools, Style
from deskhand_training.data.filler import Filler
from deskhand_training.data.noise import correct, roughen
from deskhand_training.data.numbers import draw_duration, duration_minutes, find_duration
from deskhand_training.data.sketch import Call, Hole, Ptr, Ref, Sketch, canonical
from deskhand_training.data.when import draw_range, draw_when

NOW = datetime(2026, 3, 11, 9, 30)


@pytest.fixture(scope="module")
def filler() -> Filler:
    return Filler(Pools(sketch for source, sketch in sketches() if not source.skeleton))


@pytest.fixture(scope="module")
def chosen() -> list[Sketch]:
    every = [sketch for _, sketch in sketches() if sketch.calls]
    return Random(1).sample(every, 800)


def test_noise_changes_a_value_in_nothing_but_its_case(filler: Filler, chosen: list[Sketch]) -> None:
    rng = Random(5)
    for sketch in chosen:
        draft = fill(sketch, filler, rng, Style(), keep=0.3)
        before = [value.casefold() for value in draft.values]
        roughen(rng, draft, filler, proper=rng.random() < 0.5, level=3.0)
        assert [value.casefold() for value in draft.values] == before


def test_a_correction_leaves_the_last_value_as_the_plan_has_it(filler: Filler, chosen: list[Sketch]) -> None:
    rng = Random(6)
    corrected = 0
    for sketch in chosen:
        draft = fill(sketch, filler, rng, Style(), keep=0.0)
        plain, _ = flatten(draft)
        if correct(rng, draft, filler):
            corrected += 1
            sentence, spans = flatten(draft)
            assert len(sentence) > len(plain)
            for variable, (start, end) in spans.items():
                if not any(isinstance(p, Hole) and p.variable == variable and p.inner for p in draft.pieces):
                    assert sentence[start:end] == draft.values[variable]
    assert corrected > 300


def test_a_person_meant_twice_is_looked_up_once_and_pointed_at_where_named_first() -> None:
    text, mail = _draft("text {P1} {MSG}"), _draft("email {P1} that {BODY}")
    for seed in range(200):
        drafts = [_copy(text), _copy(mail)]
        drafts[0].values, drafts[1].values = ["Ana", "i'm late"], ["Bo", "it's off"]
        joined = join(Random(seed), drafts)
        example = to_example(joined, "x")
        if "Bo" not in example.sentence:
            names = [node.arguments["name"] for node in example.nodes if node.tool.startswith("get_")]
            assert names == ["Ana", "Ana"]
            assert tuple(decode(example.sentence, example.ids)) == example.nodes
            return
    pytest.fail("no person was shared")


def _draft(text: str) -> Draft:
    sketch = next(sketch for source, sketch in sketches() if source.text.casefold() == text.casefold())
    return original(sketch)


def _copy(draft: Draft) -> Draft:
    return Draft(list(draft.pieces), draft.variables, list(draft.values), list(draft.calls), draft.where)


def test_canonical_order_puts_each_need_before_the_action_that_has_it_first() -> None:
    calls = [
        Call("get_phone_number", {"name": (Ptr(0),)}),
        Call("get_email_address", {"name": (Ptr(1),)}),
        Call("compose_new_email", {"recipients": (Ref(1),)}),
        Call("send_sms", {"recipients": (Ref(0),), "message": (Ptr(2),)}),
    ]
    ordered = canonical(calls)
    assert [call.tool for call in ordered] == ["get_email_address", "compose_new_email", "get_phone_number", "send_sms"]
    assert ordered[3].args["recipients"] == (Ref(2),)


@pytest.mark.parametrize("spoken", [False, True])
def test_every_drawn_duration_is_read_by_deskhand_dates(spoken: bool) -> None:
    rng = Random(2)
    for _ in range(1500):
        assert 1 <= parse_duration(draw_duration(rng, spoken, adjective=rng.random() < 0.3)) <= 1440


@pytest.mark.parametrize("need", ["both", "time", "day", "relative", "range"])
def test_drawn_dates_are_read_by_deskhand_dates(need: str) -> None:
    rng = Random(3)
    unread: list[str] = []
    for n in range(1000):
        phrase = draw_range(rng, n % 2 == 0) if need == "range" else draw_when(rng, n % 2 == 0, need, "any").phrase
        try:
            resolve(phrase, NOW)
        except DateError:
            unread.append(phrase)
    assert len(unread) < 20, unread


@pytest.mark.parametrize(
    ("sentence", "minutes", "words"),
    [
        ("zoom with Ana for an hour and a half tomorrow", 90, "an hour and a half"),
        ("a 45-minute zoom at 3", 45, "45-minute"),
        ("zoom thurs 4pm about 30 min", 30, "30 min"),
        ("set up a half hour call with 30 people", 30, "half hour"),
        ('Zoom Fri 9:00, 20 min, "Patent claims"', 20, "20 min"),
        ("Length: about 1.5 hours. Topic: claims", 90, "1.5 hours"),
        ("zoom 2-3pm", 60, None),
    ],
)
def test_a_duration_is_found_where_it_is_said(sentence: str, minutes: int, words: str | None) -> None:
    assert find_duration(sentence, minutes) in (words, f"a {words}")


def test_a_bare_number_is_no_duration() -> None:
    assert duration_minutes("45") is None
    assert duration_minutes("forty five minutes") == 45


def test_a_dictated_example_has_no_capitals_and_no_commas() -> None:
    sampler = Sampler("train", seed=8)
    dictated = [e for e in (sampler.sample() for _ in range(1500)) if e.sentence.islower() and " um " in e.sentence]
    assert dictated
    assert sum("," in e.sentence for e in dictated) < 0.25 * len(dictated)
