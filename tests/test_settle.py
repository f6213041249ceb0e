"""What is reported of what was judged: one code per container, suppressions, paths, baseline, LK001 and LK002."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from hosts import REACH, finding, growing_at

from leaklint.config import Settings
from leaklint.rule import Finding, Growth, Location
from leaklint.settle import Judged, Settled, below, fails, settle
from leaklint.suppress import directives

CODES = ("LK000", "LK001", "LK002", "LK101", "LK103", "LK201", "LK301", "LK401")


def settled(
    *findings: Finding,
    sources: dict[str, str] | None = None,
    is_asked: Callable[[str], bool] = lambda name: True,
    baseline: frozenset[str] = frozenset(),
    codes: tuple[str, ...] = CODES,
    **given: Any,
) -> Settled:
    said = {name: directives(text) for name, text in (sources or {}).items()}
    settings = Settings(root=Path("/project"), **given)
    return settle(Judged(findings, codes, said), settings, is_asked, baseline)


def lines(result: Settled) -> list[tuple[str, int, str]]:
    return [(each.filename, each.location.row, each.code) for each in result.findings]


def commented(**rows: str) -> str:
    """A file of twenty lines, some of which end in a comment: `r12="# noqa"`."""
    return "".join(f"x = {row}  {rows.get(f'r{row}', '')}\n" for row in range(1, 21))


class TestOneCodePerContainer:
    def test_the_most_specific_code_stays_and_says_what_it_stands_for(self) -> None:
        [only] = settled(finding("LK101"), finding("LK301"), finding("LK103")).findings
        assert (only.code, only.also) == ("LK301", ("LK101", "LK103"))

    def test_findings_about_different_things_stay_apart(self) -> None:
        other = finding("LK201", symbol="shop.cache.load")
        call = finding("LK401", symbol="shop.cache.put->addHandler")
        assert len(settled(finding(), other, call).findings) == 3

    def test_two_calls_in_one_function_are_two_findings(self) -> None:
        calls = [finding("LK401", row=row, symbol="shop.f->addHandler") for row in (4, 8)]
        result = settled(*calls)
        assert len(result.findings) == 2
        assert len({each.fingerprint for each in result.findings}) == 2

    def test_what_is_too_uncertain_does_not_take_the_place_of_what_is_certain(self) -> None:
        [only] = settled(finding("LK101"), finding("LK301", confidence="low")).findings
        assert only.code == "LK101"
        assert [each.code for each in settled(finding("LK301", confidence="low"), min_confidence="low").findings] == [
            "LK301"
        ]


class TestFingerprints:
    def test_neither_code_nor_lines_nor_message_matter(self) -> None:
        [one] = settled(finding("LK101", row=12)).findings
        [two] = settled(finding("LK301", row=99, message="other", filename="shop/other.py")).findings
        assert one.fingerprint == two.fingerprint

    def test_the_symbol_and_the_kind_of_resource_do(self) -> None:
        prints = {
            settled(each).findings[0].fingerprint
            for each in (finding(), finding(symbol="shop.OTHER"), finding("LK201"), finding("LK401"))
        }
        assert len(prints) == 4


class TestSuppression:
    def test_a_suppressed_growth_leaves_the_next_one(self) -> None:
        grows = growing_at(("shop/cache.py", 12), ("shop/cache.py", 15))
        result = settled(grows, sources={"shop/cache.py": commented(r12="# noqa: LK101")})
        assert lines(result) == [("shop/cache.py", 15, "LK101")]
        assert [each.row for each in result.findings[0].growth] == [15]

    def test_where_every_growth_is_suppressed_nothing_is_left(self) -> None:
        grows = growing_at(("shop/cache.py", 12), ("shop/cache.py", 15), endpoints=(REACH,))
        text = commented(r12="# noqa: LK101", r15="# leaklint: ignore[LK101] it ends with the day")
        result = settled(grows, sources={"shop/cache.py": text})
        assert (lines(result), result.suppressed) == ([], 1)

    def test_on_the_declaration_the_container_is_suppressed_and_no_endpoint_names_it(self) -> None:
        for comment in ("# noqa: LK101", "# leaklint: ignore[LK1] why", "# leaklint: bounded[one per tenant]"):
            result = settled(finding(endpoints=(REACH,)), sources={"shop/cache.py": commented(r3=comment)})
            assert (lines(result), result.suppressed) == ([], 1), comment

    def test_bounded_says_nothing_on_a_growth(self) -> None:
        result = settled(finding(), sources={"shop/cache.py": commented(r12="# leaklint: bounded[no]")})
        assert ("shop/cache.py", 12, "LK101") in lines(result)

    def test_a_comment_that_was_written_for_a_vaguer_code_still_holds(self) -> None:
        found = (finding("LK101"), finding("LK301"))
        assert lines(settled(*found, sources={"shop/cache.py": commented(r12="# noqa: LK101")})) == []

    def test_another_code_hides_nothing(self) -> None:
        result = settled(finding(), sources={"shop/cache.py": commented(r12="# noqa: LK2,F401")})
        assert ("shop/cache.py", 12, "LK101") in lines(result)

    def test_flake8_noqa_hides_the_whole_file(self) -> None:
        assert lines(settled(finding(), sources={"shop/cache.py": "# flake8: noqa\n" + commented()})) == []

    def test_file_ignore_and_disable(self) -> None:
        for text in (
            commented(r20="# leaklint: file-ignore[LK101] generated"),
            commented(r10="# leaklint: disable[LK101] old", r14="# leaklint: enable[LK101]"),
        ):
            assert lines(settled(finding(), sources={"shop/cache.py": text})) == []

    def test_per_file_ignores_are_suppressions_of_the_growths_in_those_files(self) -> None:
        grows = growing_at(("legacy/a.py", 1), ("shop/b.py", 2))
        assert lines(settled(grows, per_file_ignores={"legacy/**": ("LK1",)})) == [("shop/b.py", 2, "LK101")]
        assert lines(settled(grows, per_file_ignores={"legacy/**": ("LK1",), "b.py": ("LK101",)})) == []

    def test_a_host_that_disables_noqa_leaves_leaklints_own_comments(self) -> None:
        text = {"shop/cache.py": commented(r12="# noqa")}
        assert lines(settled(finding(), sources=text, noqa=False)) == [("shop/cache.py", 12, "LK101")]
        own = {"shop/cache.py": commented(r12="# leaklint: ignore[LK101] x")}
        assert lines(settled(finding(), sources=own, noqa=False)) == []


class TestUnusedSuppressions:
    def unused(self, text: str, *findings: Finding, **given: Any) -> list[tuple[int, str]]:
        result = settled(*findings, sources={"shop/cache.py": text}, **given)
        return [(each.location.row, each.message) for each in result.findings if each.code == "LK002"]

    def test_what_hides_nothing_is_told(self) -> None:
        for comment in ("# noqa: LK101", "# leaklint: ignore[LK101] why", "# leaklint: disable[LK101] why"):
            assert self.unused(commented(r7=comment)) == [(7, "LK101 hides nothing here")]

    def test_only_the_codes_that_hide_nothing_are_named(self) -> None:
        text = commented(r12="# leaklint: ignore[LK101, LK201] why")
        assert self.unused(text, finding()) == [(12, "LK201 hides nothing here")]

    def test_what_hides_something_is_not_told(self) -> None:
        assert self.unused(commented(r12="# noqa: LK101"), finding()) == []

    def test_two_comments_that_hide_the_same_are_both_used(self) -> None:
        text = commented(r3="# leaklint: bounded[one per tenant]", r12="# noqa: LK101")
        assert self.unused(text, finding()) == []

    def test_what_hides_an_uncertain_finding_is_used(self) -> None:
        assert self.unused(commented(r12="# noqa: LK101"), finding(confidence="low")) == []

    def test_other_linters_codes_and_blanket_noqa_are_not_leaklints_business(self) -> None:
        assert self.unused(commented(r7="# noqa", r8="# noqa: F401", r9="# flake8: noqa")) == []

    def test_a_code_that_was_not_judged_may_hide_something_in_another_run(self) -> None:
        assert self.unused(commented(r7="# noqa: LK101"), codes=("LK002", "LK201")) == []

    def test_a_misspelt_directive_is_told(self) -> None:
        assert self.unused(commented(r7="# leaklint: ingore[LK101]")) == [(7, "'ingore' is no directive of leaklint")]

    def test_it_can_be_suppressed_itself(self) -> None:
        assert self.unused(commented(r7="# noqa: LK101,LK002")) == []

    def test_a_comment_for_all_codes_does_not_hide_that_it_hides_nothing(self) -> None:
        assert self.unused(commented(r7="# leaklint: ignore")) == [(7, "this suppression hides nothing here")]
        assert self.unused(commented(r7="# leaklint: file-ignore")) == [(7, "this suppression hides nothing here")]

    def test_a_code_that_no_rule_has_hides_nothing_in_any_run(self) -> None:
        for comment in ("# noqa: LK999", "# leaklint: ignore[LK999]"):
            judged = Judged((), ("LK002",), {"a.py": directives(f"x = 1  {comment}\n")}, known=CODES)
            [only] = settle(judged, Settings(root=Path("/project")), lambda name: True).findings
            assert only.message == "LK999 hides nothing here"

    def test_a_reason_is_asked_for_only_where_that_rule_is_on(self) -> None:
        text = {"shop/cache.py": commented(r12="# leaklint: ignore[LK101]")}
        assert lines(settled(finding(), sources=text)) == []
        assert lines(settled(finding(), sources=text, codes=(*CODES, "LK003"))) == [("shop/cache.py", 12, "LK003")]

    def test_a_suppression_whose_date_has_passed_is_told_and_still_hides(self) -> None:
        codes = (*CODES, "LK004")
        past = {"shop/cache.py": commented(r12="# leaklint: ignore[LK101] until=2020-01-31 the queue replaces it")}
        assert lines(settled(finding(), sources=past, codes=codes)) == [("shop/cache.py", 12, "LK004")]
        future = {"shop/cache.py": commented(r12="# leaklint: ignore[LK101] until=2999-01-31 the queue replaces it")}
        assert lines(settled(finding(), sources=future, codes=codes)) == []
        for day in ("2999-02-30", "spring"):
            never = {"shop/cache.py": commented(r12=f"# leaklint: ignore[LK101] until={day} the queue replaces it")}
            assert lines(settled(finding(), sources=never, codes=codes)) == [("shop/cache.py", 12, "LK004")]


class TestPaths:
    grows = growing_at(("shop/a.py", 4), ("shop/b.py", 7))

    def test_a_finding_shows_at_its_first_growth_in_the_files_asked_for(self) -> None:
        assert lines(settled(self.grows, is_asked=lambda name: name == "shop/b.py")) == [("shop/b.py", 7, "LK101")]

    def test_else_at_its_declaration_there(self) -> None:
        result = settled(self.grows, is_asked=lambda name: name == "shop/cache.py")
        assert lines(result) == [("shop/cache.py", 3, "LK101")]

    def test_else_it_is_counted(self) -> None:
        result = settled(self.grows, is_asked=lambda name: name == "shop/web.py")
        assert (lines(result), result.elsewhere) == ([], 1)

    def test_the_fingerprint_does_not_depend_on_where_it_shows(self) -> None:
        everywhere = settled(self.grows).findings[0]
        there = settled(self.grows, is_asked=lambda name: name == "shop/b.py").findings[0]
        assert everywhere.fingerprint == there.fingerprint

    def test_below(self) -> None:
        is_asked = below([PurePosixPath("shop"), PurePosixPath("a.py")])
        assert [name for name in ("shop/x.py", "shopping.py", "a.py", "b/a.py") if is_asked(name)] == [
            "shop/x.py",
            "a.py",
        ]
        assert below([])("anything.py")
        assert below([PurePosixPath(".")])("anything.py")


class TestBaseline:
    def test_a_known_finding_is_counted_and_not_shown(self) -> None:
        known = frozenset({settled(finding()).findings[0].fingerprint})
        result = settled(finding(row=99), baseline=known)
        assert (lines(result), result.baselined, result.suppressed) == ([], 1, 0)

    def test_a_new_endpoint_on_an_old_leak_shows(self) -> None:
        known = frozenset({settled(finding()).findings[0].fingerprint})
        [only] = settled(finding(endpoints=(REACH,)), baseline=known).findings
        assert (only.code, only.severity) == ("LK001", "warning")


class TestEndpoints:
    leak = finding(endpoints=(REACH,), severity="error", confidence="high")

    def test_an_endpoint_is_told_once_with_all_that_it_makes_grow(self) -> None:
        other = finding("LK103", row=40, symbol="shop.cache.Store.items", endpoints=(REACH,))
        [told] = [each for each in settled(self.leak, other).findings if each.code == "LK001"]
        assert (told.filename, told.location.row, told.symbol) == ("shop/web.py", 20, "shop.web.get_user")
        chain = "web.get_user -> cache.put"
        assert told.message == f"GET /users/{{id}} makes cache.PROFILES, Store.items grow: {chain}"

    def test_a_long_chain_and_many_containers_are_cut_short(self) -> None:
        reach = msgspec.structs.replace(REACH, chain=tuple(f"shop.m.f{step}" for step in range(9)))
        found = [finding(symbol=f"shop.m.C{at}", endpoints=(reach,)) for at in range(5)]
        [told] = [each for each in settled(*found).findings if each.code == "LK001"]
        assert told.message == "GET /users/{id} makes m.C0, m.C1 and 3 more grow: m.f0 -> m.f1 -> … -> m.f8"

    def test_what_is_no_collection_does_not_grow(self) -> None:
        client = finding("LK601", row=50, symbol="shop.cache.fetch->httpx.client.Client", endpoints=(REACH,))
        [told] = [each for each in settled(client).findings if each.code == "LK001"]
        assert told.message == "GET /users/{id} reaches cache.fetch->client.Client: web.get_user -> cache.put"
        other = msgspec.structs.replace(REACH, name="GET /people/{id}")
        both = [self.leak, msgspec.structs.replace(client, endpoints=(other,))]
        [told] = [each for each in settled(*both).findings if each.code == "LK001"]
        said = "GET /people/{id} and 1 more make cache.PROFILES grow and reach cache.fetch->client.Client"
        assert told.message.startswith(f"{said}: ")

    def test_beside_the_containers_own_finding_it_is_a_note(self) -> None:
        severities = {each.code: each.severity for each in settled(self.leak).findings}
        assert severities == {"LK101": "error", "LK001": "note"}

    def test_without_it_it_has_the_containers_severity(self) -> None:
        [only] = settled(self.leak, is_asked=lambda name: name == "shop/web.py").findings
        assert (only.code, only.severity, only.confidence) == ("LK001", "error", "high")

    def test_it_is_suppressed_on_the_endpoint(self) -> None:
        result = settled(self.leak, sources={"shop/web.py": commented(r20="# noqa: LK001")})
        assert [each.code for each in result.findings] == ["LK101"]

    def test_where_the_code_is_off_no_endpoint_is_told(self) -> None:
        assert [each.code for each in settled(self.leak, codes=("LK101",)).findings] == ["LK101"]


def test_what_could_not_be_read_is_a_finding() -> None:
    judged = Judged((), ("LK000",), unreadable=(("shop/bad.py", 7, 2, "cannot be parsed"),))
    [only] = settle(judged, Settings(root=Path("/project")), lambda name: True).findings
    assert (only.code, only.filename, only.location, only.severity) == ("LK000", "shop/bad.py", Location(7, 2), "error")


def test_findings_are_sorted_by_place() -> None:
    found = [finding(symbol=f"{name}{row}", row=row, filename=name, declared=None) for name in "ba" for row in (9, 1)]
    assert lines(settled(*found)) == [("a", 1, "LK101"), ("a", 9, "LK101"), ("b", 1, "LK101"), ("b", 9, "LK101")]


def test_the_least_severity_that_fails() -> None:
    assert fails([finding(severity="warning")], "warning")
    assert not fails([finding(severity="note")], "warning")
    assert fails([finding(severity="error")], "error")
    assert not fails([], "note")


def test_growths_without_a_place_of_their_own_stay() -> None:
    found = finding(growth=(Growth("shop/cache.py", 12, "f"), Growth("shop/far.py", 1, "g")))
    [only] = settled(found).findings
    assert len(only.growth) == 2
    assert msgspec.structs.replace(only, growth=()).growth == ()
