"""The queue of the review page: the command line's, counted, with a way back from a wrong key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from fauxface.web.store import NotFoundError, Store

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def three(store: Store, verdict: dict[str, Any], picture: Callable[[int], bytes]) -> list[str]:
    """SHA-256 of three kept pictures, oldest first."""
    for number in range(3):
        store.add_feedback(says="fake", how=f"number {number}", verdict=verdict, picture=picture(number))
    return [kept.sha256 for kept in store.kept()]


def test_the_queue_is_what_the_command_line_lists(store: Store, three: list[str]) -> None:
    first, second, third = three
    assert store.queue("unreviewed") == three
    store.review(second, "fake", reviewer="ana")
    store.review(first, "real", reviewer="ana")
    store.review(first, "rejected", reviewer="ben")
    assert store.states() == {"unreviewed": 1, "real": 0, "fake": 1, "rejected": 1}
    for state in ("unreviewed", "real", "fake", "rejected"):
        assert store.queue(state) == [kept.sha256 for kept in store.kept(state)]
    assert store.queue("unreviewed", most=0) == []
    (said,) = store.said_of(third)
    assert (said.says, said.how) == ("fake", "number 2")
    assert store.verdicts_on(third)[0]["label"]


def test_answers_are_taken_back_one_by_one(store: Store, three: list[str]) -> None:
    first, second, _ = three
    store.review(first, "real", reviewer="ana")
    store.review(second, "fake", reviewer="ana")
    store.review(first, "fake", reviewer="ana")
    assert (store.undo("ana", since=LONG_AGO).sha256, store.find(first).state) == (first, "real")
    assert (store.undo("ana", since=LONG_AGO).sha256, store.find(second).state) == (second, "unreviewed")
    store.review(second, "rejected", reviewer="ana")
    assert store.undo("ana", since=LONG_AGO).sha256 == second
    assert (store.undo("ana", since=LONG_AGO).sha256, store.find(first).state) == (first, "unreviewed")
    with pytest.raises(NotFoundError):
        store.undo("ana", since=LONG_AGO)


def test_what_is_old_or_anothers_stays(store: Store, three: list[str]) -> None:
    store.review(three[0], "real", reviewer="ana")
    for who, since in (("ben", LONG_AGO), ("ana", dt.datetime.now(dt.UTC))):
        with pytest.raises(NotFoundError, match="nothing to undo"):
            store.undo(who, since=since)
    store.review(three[0], "fake", reviewer="ben")
    with pytest.raises(NotFoundError, match="somebody else"):
        store.undo("ana", since=LONG_AGO)
    assert store.find(three[0]).state == "fake"


def test_only_a_reviewers_key_in_use_opens_the_review(store: Store) -> None:
    plain, key = store.add_key("plain"), store.add_key("ana", may_review=True)
    found = store.find_key(plain)
    assert found is not None
    assert not found.may_review
    assert [store.may_review(name) for name in ("plain", "ana", "nobody")] == [False, True, False]
    store.revoke_key("ana")
    assert not store.may_review("ana")
    assert store.find_key(key) is None
