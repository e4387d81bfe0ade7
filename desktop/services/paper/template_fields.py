"""What a template may name, as a list to choose from: derived from the very facts it is filled with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from desktop.services.paper.lease import lease_facts
from desktop.services.paper.notices import notice_facts
from desktop.services.paper.trial import sample_lease, sample_notice
from desktop.services.pinyin import pinyin_keys

ONE_OF = {
    "乙方": "人", "居住人": "人", "代签人": "人", "保证人": "人", "租金表": "期", "费用": "项", "钥匙": "项",
    "表计": "项", "物品": "项", "目的": "项", "接收方": "项", "特别约定": "约定", "扣除情形": "情形",
}  # fmt: skip
"""What one of a list is called in the shipped templates."""


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One entry of the list. `insert` goes into the text; `example` is what the sample shows there."""

    group: str
    name: str
    insert: str
    example: str
    keys: tuple[str, ...]
    """Pinyin and initials of group and name, for typing."""

    def fits(self, typed: str) -> bool:
        """Whether this is meant by what was typed: part of the name, of the example, or its sound."""
        typed = typed.strip().lower()
        return (
            typed in f"{self.group}.{self.name}".lower()
            or typed in self.example.lower()
            or any(key.startswith(typed) for key in self.keys)
        )


@lru_cache(maxsize=4)
def fields_of(kind: str) -> tuple[TemplateField, ...]:
    """Every field of a kind of template, in the order of its facts. KeyError for an unknown kind."""
    return tuple(_fields(facts_of(kind)))


@lru_cache(maxsize=4)
def facts_of(kind: str) -> Mapping[str, Any]:
    """The sample's facts: what there is to name. KeyError for an unknown kind."""
    if kind == "housing_lease":
        return lease_facts(sample_lease())
    if kind == "pipl_notice":
        return notice_facts(sample_notice())
    raise KeyError(kind)


def _fields(facts: Mapping[str, Any]) -> Iterator[TemplateField]:
    for group, value in facts.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, list):
                    yield from _of_list(group, name, inner, f"{group}.{name}")
                else:
                    yield _field(group, name, f"{{{{ {group}.{name} }}}}", inner)
        elif isinstance(value, list):
            yield from _of_list(group, "", value, group)


def _of_list(group: str, name: str, items: list[Any], path: str) -> Iterator[TemplateField]:
    """A list: the loop over it, then what one of it has."""
    one = ONE_OF.get(name or group, "项")
    first = items[0] if items else ""
    shown = first if isinstance(first, str) else "、".join(first)
    inside = f"{{{{ {one} }}}}" if isinstance(first, str) else f"{{{{ {one}.{next(iter(first))} }}}}"
    loop = f"{{% for {one} in {path} %}}\n- {inside}\n{{% endfor %}}"
    yield TemplateField(group, f"{name or group}（逐项）", loop, shown, _keys(group, name or group))
    if isinstance(first, dict):
        for inner, example in first.items():
            yield _field(group, f"{one}.{inner}", f"{{{{ {one}.{inner} }}}}", example)


def _field(group: str, name: str, insert: str, example: Any) -> TemplateField:
    shown = ("是" if example else "否") if isinstance(example, bool) else str(example)
    return TemplateField(group, name, insert, shown or "（空）", _keys(group, name))


def _keys(group: str, name: str) -> tuple[str, ...]:
    words = [group, name.rsplit(".", 1)[-1], group + name.rsplit(".", 1)[-1]]
    return tuple(dict.fromkeys(key for word in words for key in (*pinyin_keys(word).full, *pinyin_keys(word).initials)))
