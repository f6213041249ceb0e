"""The whole run: discover, index, link, judge, settle.

A run where nothing has changed ends at the result kept from the last one: it loads no facts, no tree parser
and no graph library.
"""

from __future__ import annotations

import gc
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from leaklint.cache import FOLDER, Cache, digest_of, engine_salt
from leaklint.catalogue import ENGINE_RULES, catalogue
from leaklint.config import ConfigError, Settings, check_codes, chosen, nearest
from leaklint.discover import Listing, SourceFile, describe, discover, named_by_imports
from leaklint.facts import ModuleFacts, Op
from leaklint.rule import Finding
from leaklint.settle import Judged, Settled, below, settle

if TYPE_CHECKING:
    from leaklint.project import Program, Project
    from leaklint.project.sources import Sources
    from leaklint.rule import Rule, Weigh
    from leaklint.trees import Trees

Progress = Callable[[str], None]
"""Told in a few words what a long run is doing."""


class Outcome(msgspec.Struct, frozen=True):
    """A finished run: what is reported, what was not, how long it took, and a user's folders of rules."""

    findings: tuple[Finding, ...]
    settled: Settled
    judged: Judged
    root: Path
    seconds: float
    rules: tuple[Path, ...] = ()

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """The files and folders that were not checked, each with the reason."""
        return tuple((name, message) for name, _, _, message in self.judged.unreadable)


def run(settings: Settings, baseline: frozenset[str] = frozenset(), progress: Progress = lambda text: None) -> Outcome:
    """The findings of a project. Raises ConfigError or RuleError where the settings ask for what there is not."""
    started = time.perf_counter()
    judged = judge(settings, progress)
    settled = settle(judged, settings, asked(settings), baseline)
    seconds = time.perf_counter() - started
    return Outcome(settled.findings, settled, judged, settings.root, seconds, settings.rules)


def judge(settings: Settings, progress: Progress = lambda text: None) -> Judged:
    """What every chosen rule says of the project, as kept from an earlier run or worked out now."""
    infos = catalogue(settings.rules)
    check_codes(settings, [info.code for info in infos])
    codes = tuple(
        info.code for info in infos if chosen(info.code, settings, default=info.default, preview=info.preview)
    )
    listing = _listing(settings)
    with _opened(settings) as cache:
        digests = _digests(cache, settings, listing)
        key = _key(settings, listing, digests, codes)
        kept = _decoded(cache.result(key))
        if kept is not None:
            return kept
        with cache.alone():
            kept = _decoded(cache.result(key))
            if kept is not None:
                return kept
            with _without_collector():
                facts = _facts(cache, settings, digests, progress)
                progress("linking")
                judged = _judged(settings, listing, facts, codes)
            with suppress(UnicodeEncodeError):  # a file name that is no text
                cache.keep_result(key, msgspec.msgpack.encode(judged))
            return judged


def linked(settings: Settings, progress: Progress = lambda text: None) -> Project:
    """The linked project, for whoever wants its graph, its endpoints or its inventory."""
    listing = _listing(settings)
    with _opened(settings) as cache, cache.alone(), _without_collector():
        facts = _facts(cache, settings, _digests(cache, settings, listing), progress)
        progress("linking")
        check_models(settings)
        return link(listing.files, facts, settings, _reader(settings))


def files_of(settings: Settings) -> list[str]:
    """The files of the project that a report would cover, relative to the root."""
    is_asked = asked(settings)
    return [file.path for file in _listing(settings).files if is_asked(file.path)]


def link(
    files: Iterable[SourceFile],
    facts: Mapping[str, ModuleFacts],
    settings: Settings,
    read: Callable[[str], str],
    rules: Sequence[Rule] | None = None,
) -> Project:
    """Files and their facts to the project. `read` gives a file's text for the code around a suspect.

    `rules` are asked about suspects, all that the settings load where None is given.
    """
    from leaklint.project import load  # a warm run needs none of it
    from leaklint.project.linker.program import Source

    present = [file for file in files if file.path in facts]
    sources = [
        Source(file.name, file.path, file.is_package, facts[file.path], file.aliases, _role(file, facts[file.path]))
        for file in named_by_imports(present, _spoken(facts.values()), _climbs(facts))
    ]

    def weighers() -> dict[str, Weigh]:
        from leaklint.loader import load as load_rules

        chosen = load_rules(settings.rules) if rules is None else rules
        return {rule.code: rule.weigh for rule in chosen if rule.weigh is not None}

    return load(sources, settings, read, weighers, _trees)


def _trees(program: Program, sources: Sources) -> Trees:
    from leaklint.trees import Trees  # a project without suspects needs no libcst

    return Trees(program, sources)


def check_models(settings: Settings) -> None:
    """Raises ConfigError where the user's own models use words that leaklint's models do not have."""
    from leaklint.models import EntryRule, ModelError, load_models
    from leaklint.project.caches.caches import load_caches
    from leaklint.project.storage.types import ContainerType, load_containers

    for number, table in enumerate(settings.entry_points):
        _check_keys(f"entry-points[{number}]", table, EntryRule)
    for name, table in settings.containers.items():
        _check_keys(f"containers.{name}", table, ContainerType)
    try:
        load_models(settings.entry_points)
        load_containers(settings.containers)
        load_caches(settings.caches)
    except ModelError as error:
        raise ConfigError(" ".join(str(error).split())) from error


def _check_keys(where: str, table: Mapping[str, Any], words: type[msgspec.Struct]) -> None:
    known = [field.encode_name for field in msgspec.structs.fields(words)]
    for key in table:
        if key not in known:
            raise ConfigError(f"unknown key {key!r} in {where}{nearest(key, known)}")


def findings_of(project: Project, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """What the rules say of a project, in the order of the rules."""
    return tuple(finding for rule in rules for finding in rule.judge(project))


def asked(settings: Settings) -> Callable[[str], bool]:
    """The filter for the files that the settings' paths name."""
    return below([PurePosixPath(name) for name in _relative(settings, settings.paths)])


def judged_of(
    files: Sequence[SourceFile],
    facts: Mapping[str, ModuleFacts],
    findings: tuple[Finding, ...],
    codes: tuple[str, ...],
    endpoints: int = 0,
    unreadable: Sequence[tuple[str, int, int, str]] = (),
    known: tuple[str, ...] = (),
) -> Judged:
    """Findings with what is needed to settle them: the comments in the project's own code, and what was not checked.

    `codes` are those that were judged, `known` all that there are.
    """
    broken = [(path, each.unreadable) for path, each in facts.items() if each.unreadable is not None]
    own = sorted(file.path for file in files if file.role == "code" and file.path in facts)
    return Judged(
        findings,
        codes,
        {path: facts[path].directives for path in own if facts[path].directives},
        tuple(sorted([*unreadable, *((path, why.row, why.col, why.message) for path, why in broken)])),
        len(files),
        endpoints,
        known,
    )


def _judged(settings: Settings, listing: Listing, facts: Mapping[str, ModuleFacts], codes: tuple[str, ...]) -> Judged:
    from leaklint.loader import load as load_rules  # a warm run needs no rules

    files = listing.files
    check_models(settings)
    loaded = load_rules(settings.rules)
    project = link(files, facts, settings, _reader(settings), loaded)
    rules = [rule for rule in loaded if rule.code in codes]
    unreadable = [(folder, 1, 1, f"folder can't be read: {reason}") for folder, reason in listing.unreadable]
    unreadable += [(file.path, 1, 1, _why_not(settings.root / file.path)) for file in files if file.path not in facts]
    known = tuple(sorted({rule.code for rule in loaded} | {info.code for info in ENGINE_RULES}))
    return judged_of(files, facts, findings_of(project, rules), codes, len(project.endpoints()), unreadable, known)


@contextmanager
def _opened(settings: Settings) -> Iterator[Cache]:
    folder = (settings.cache_dir or settings.root / FOLDER) if settings.use_cache else None
    with closing(Cache(folder, engine_salt(settings.rules))) as cache:
        yield cache


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leaves cycles alone meanwhile: nearly everything that a run makes stays to its end, and is walked for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _key(settings: Settings, listing: Listing, digests: Mapping[str, bytes], codes: Sequence[str]) -> bytes:
    """A hash of all that a result depends on: every file's name, role and bytes, and the settings that rules see."""
    words = (
        codes,
        settings.test_paths,
        settings.containers,
        settings.caches,
        settings.bounded_types,
        settings.entry_points,
        [(os.fsencode(folder), reason) for folder, reason in listing.unreadable],
        [(os.fsencode(file.path), digests.get(file.path, b"")) for file in listing.files],
    )
    return hashlib.sha256(msgspec.msgpack.encode(words)).digest()


def _decoded(blob: bytes | None) -> Judged | None:
    try:
        return msgspec.msgpack.decode(blob, type=Judged) if blob else None
    except (msgspec.MsgspecError, ValueError):
        return None


def _listing(settings: Settings) -> Listing:
    """The project's files, with those that only an editor's buffer holds."""
    named = () if settings.force_exclude else _relative(settings, settings.paths)
    within = _relative(settings, settings.within)
    listing = discover(settings.root, settings.exclude, settings.test_paths, named, within)
    names = {file.path for file in listing.files}
    if names.issuperset(settings.overlay):
        return listing
    outer = settings.root.name if "__init__.py" in names else ""
    files = describe([*names, *settings.overlay], settings.test_paths, outer)
    return msgspec.structs.replace(listing, files=files)


def _relative(settings: Settings, paths: Iterable[Path]) -> list[str]:
    return [Path(os.path.relpath(path, settings.root)).as_posix() for path in paths]


def _digests(cache: Cache, settings: Settings, listing: Listing) -> dict[str, bytes]:
    digests = cache.digests(settings.root, (file.path for file in listing.files))
    return digests | {path: digest_of(source) for path, source in settings.overlay.items()}


def _facts(
    cache: Cache, settings: Settings, digests: Mapping[str, bytes], progress: Progress
) -> dict[str, ModuleFacts]:
    """The facts of each file: from the cache, or read now and kept."""
    from leaklint.workers import index_all  # a warm run reads no file

    kept = cache.facts(digests.values())
    cold = {path: digest for path, digest in digests.items() if digest not in kept}
    jobs = [settings.overlay.get(path, str(settings.root / path)) for path in cold]
    fresh = dict(zip(cold.values(), index_all(jobs, settings.jobs, progress), strict=True))
    if fresh and cache.is_open:
        cache.keep_facts({digest: blob for digest, (blob, _) in fresh.items()}, digests.values())
    decode = msgspec.msgpack.Decoder(ModuleFacts).decode
    out: dict[str, ModuleFacts] = {}
    for path, digest in sorted(digests.items()):
        blob, facts = fresh[digest] if digest in fresh else (kept[digest], None)
        out[path] = decode(blob) if facts is None else facts
    return out


def _bytes(settings: Settings, path: str) -> bytes:
    return settings.overlay[path] if path in settings.overlay else (settings.root / path).read_bytes()


def _why_not(path: Path) -> str:
    try:
        with path.open("rb"):
            return "can't be read"
    except OSError as error:
        return f"can't be read: {error.strerror or error}"


def _reader(settings: Settings) -> Callable[[str], str]:
    def read(path: str) -> str:
        from leaklint.index.reader import decode

        return decode(_bytes(settings, path))

    return read


def _role(file: SourceFile, facts: ModuleFacts) -> str:
    return "generated" if facts.generated and file.role == "code" else file.role


def _spoken(modules: Iterable[ModuleFacts]) -> Iterator[str]:
    """The dotted names in the absolute imports at the top of each module."""
    for facts in modules:
        for instruction in facts.scopes[0].code if facts.scopes else ():
            if instruction[0] == Op.IMPORT and instruction[2] == 0:
                yield instruction[3]
            elif instruction[0] == Op.FROM and instruction[2] == 0:
                yield f"{instruction[3]}.{instruction[4]}"
            elif instruction[0] == Op.STAR and instruction[1] == 0:
                yield instruction[2]


def _climbs(modules: Mapping[str, ModuleFacts]) -> dict[str, int]:
    """How many dots the farthest relative import at the top of each module has."""
    found: dict[str, int] = {}
    for path, facts in modules.items():
        for instruction in facts.scopes[0].code if facts.scopes else ():
            if instruction[0] in (Op.FROM, Op.STAR):
                level = instruction[2] if instruction[0] == Op.FROM else instruction[1]
                found[path] = max(found.get(path, 0), level)
    return found
