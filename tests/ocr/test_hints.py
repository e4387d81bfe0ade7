"""What the clerk is told of a frame, on drawn films (no threshold of the program was set on their seeds)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ocr.documents import Side
from desktop.ocr.hints import FrameFacts, Hint, advise, facts_of
from desktop.ocr.outline import Track
from tests.idcards.sequences import Cue, Kind, Scene, film

SEEDS = (9301, 9302, 9303)


def told(seed: int, cue: Cue, scene: Scene, wanted: Side | None = None) -> list[Hint]:
    """The hints of one cue after a short hold, once the outline has settled."""
    track, hints = Track(), []
    for shot in film(seed, [Cue(0.4, "hold"), cue], scene):
        hint = advise(facts_of(shot.pixels, track.follow(shot.pixels, shot.at)), wanted)
        if shot.at > 0.7:
            hints.append(hint)
    return hints


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("hold", Hint.GOOD),
        ("soft", Hint.BLURRED),
        ("dark", Hint.DARK),
        ("far", Hint.CLOSER),
        ("two", Hint.TWO_CARDS),
        ("glare", Hint.GLARE),
        ("away", Hint.NO_CARD),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_each_trouble_is_told_and_no_other(seed: int, kind: Kind, hint: Hint) -> None:
    hints = told(seed, Cue(1.6, kind), Scene(desk=False, share=0.5))
    assert hints.count(hint) >= 0.6 * len(hints), hints  # a passing glare is off the lines at times


@pytest.mark.parametrize("seed", SEEDS)
def test_a_card_in_motion_is_never_good(seed: int) -> None:
    hints = told(seed, Cue(2.0, "drift"), Scene(desk=False))
    assert Hint.GOOD not in hints
    assert Hint.MOVING in hints


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_card_is_told_to_be_incomplete(seed: int) -> None:
    hints = told(seed, Cue(1.4, "cut"), Scene(desk=False))
    assert Hint.GOOD not in hints
    assert Hint.INCOMPLETE in hints


def test_the_wrong_side_is_told_in_the_words_of_the_other() -> None:
    assert Hint.TURN_TO_BACK in told(SEEDS[0], Cue(0.8, "hold"), Scene(desk=False), "back")
    assert Hint.TURN_TO_FRONT in told(SEEDS[0], Cue(0.8, "hold"), Scene(desk=False, first="back"), "front")


def test_sharpness_tells_blur_whatever_the_distance_and_the_noise() -> None:
    for share in (0.45, 0.7):
        for noise in (1.0, 5.0):
            scene = Scene(desk=False, share=share, noise=noise)
            values = {}
            for kind in ("hold", "soft"):
                track = Track()
                for shot in film(9304, [Cue(0.5, kind)], scene):  # type: ignore[arg-type]
                    facts = facts_of(shot.pixels, track.follow(shot.pixels, shot.at))
                    if facts is not None and facts.sharpness is not None:
                        values[kind] = facts.sharpness
            assert values["hold"] > 1.4 > 1.0 > values["soft"]


@given(
    st.builds(
        FrameFacts,
        px_per_mm=st.floats(1, 20),
        speed_mm_s=st.floats(0, 500),
        whole=st.booleans(),
        others=st.integers(0, 2),
        looks_like=st.sampled_from(["front", "back", None]),
        light=st.none() | st.floats(0, 255),
        glare=st.none() | st.floats(0, 1),
        sharpness=st.none() | st.floats(0, 4),
    ),
    st.sampled_from(["front", "back", None]),
)
def test_every_frame_gets_one_sentence_and_good_means_good(facts: FrameFacts, wanted: Side | None) -> None:
    hint = advise(facts, wanted)
    assert hint.words
    if hint is Hint.GOOD:
        assert facts.whole
        assert not facts.others
        assert facts.speed_mm_s <= 12
        assert wanted is None or facts.looks_like in (wanted, None)


def test_every_hint_has_words_of_its_own() -> None:
    assert len({hint.words for hint in Hint}) == len(Hint)
    assert advise(None) is Hint.NO_CARD
    assert facts_of(np.zeros((480, 640, 3), np.uint8), None) is None
