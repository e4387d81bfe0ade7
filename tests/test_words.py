"""What is said when something is wrong: every sentence of services and views says what is so and what to do now.

Sentences are found by walking the source: what is raised as a DomainError or Outage, what a `…problems` function
returns, what is put into `problems[...]`, said by `error(field, …)`, `warn(field, …)`, `show_error`, `show_warning`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "desktop"
HAN = re.compile("[\u4e00-\u9fff]")
SHORTEST = 6
SAID_BY = frozenset({"show_error", "show_warning", "error", "warn"})
KEPT = frozenset({"problems", "found", "doubts", "wrong"})
NO_SENTENCE = frozenset(
    # What stands in these is a name or a fragment that a sentence is made of around it.
    {
        "NotFound",
        "RoomBusy",
        "SomebodyElsesNote",
        "PrintFailed",
        "SharpEnd",
        "ReceiptTrouble",
        "TooManyRows",
        "NotYourView",
    }
)


@dataclass(frozen=True)
class Said:
    """One sentence and where it stands."""

    where: str
    text: str


def _text(node: ast.AST) -> list[str]:
    """The sentences an expression can be, with … for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(v.value if isinstance(v, ast.Constant) else "…" for v in values)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a in _text(left) or ["…"] for b in _text(right) or ["…"]]
        case ast.IfExp(body=body, orelse=orelse):
            return _text(body) + _text(orelse)
        case ast.BoolOp(values=values):
            return [text for value in values for text in _text(value)]
        case ast.Call(func=ast.Attribute(attr="tr"), args=[first, *_]):
            return _text(first)
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            return [re.sub(r"\{[^}]*\}", "…", text) for text in _text(inner)]
    return []


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _errors() -> set[str]:
    """Names of every class that is a DomainError or an Outage, by the words of the source."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    found = {"DomainError", "Outage"}
    while True:
        more = {name for name, above in bases.items() if above & found} | found
        if more == found:
            return found
        found = more


ERRORS = _errors()


def _sentences(tree: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, args=args) if _name(function) in ERRORS - NO_SENTENCE:
                for each in args:
                    yield from _values(each)
            case ast.Call(func=function, args=args) if _name(function) in SAID_BY:
                for each in args:
                    yield each.lineno, each
            case ast.ClassDef(name=name, body=body) if name in ERRORS - NO_SENTENCE:
                for call in (each for part in body for each in ast.walk(part)):
                    if isinstance(call, ast.Call) and _name(call.func) == "__init__" and call.args:
                        yield call.lineno, call.args[0]
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value) if name in KEPT:
                yield node.lineno, value
            case ast.FunctionDef(name=name) if name.lstrip("_").endswith(("problem", "problems")):
                for back in (each for each in ast.walk(node) if isinstance(each, ast.Return) and each.value):
                    assert back.value is not None
                    yield from _values(back.value)


def _values(node: ast.expr) -> Iterator[tuple[int, ast.expr]]:
    """The sentence itself, or those of a {field: sentence}."""
    for each in node.values if isinstance(node, ast.Dict) else [node]:
        yield each.lineno, each


def _all() -> list[Said]:
    found = {}
    for part in ("services", "views"):
        for path in sorted((ROOT / part).rglob("*.py")):
            for line, node in _sentences(ast.parse(path.read_text("utf-8"))):
                for text in _text(node):
                    if HAN.search(text):
                        found[Said(f"{path.relative_to(ROOT)}:{line}", text)] = None
    return list(found)


EVERY = _all()

WHAT_NOW = re.compile(
    "[请先再换选写填改看查核删补输加用勾登收对试去等打按分并缩拆装接确回到照从延登]|例如|至少|最多|要|不能|只|可以|刷新|超过|现在|会|算得|已|合成|才|两"
)
"""Something to do or a bound to keep to stands in the sentence; the last word on it is a reader's."""


def test_the_walk_finds_them() -> None:
    texts = {said.text for said in EVERY}
    assert len(EVERY) > 250
    assert "工号或密码不对，请重新输入" in texts
    assert "手机号要 11 位，现在 … 位" in texts
    assert "至少选一个角色" in texts
    assert any("已由" in text or "还没有退租" in text for text in texts)


@pytest.mark.parametrize("said", EVERY, ids=lambda said: said.where)
def test_a_sentence_says_what_is_so_and_what_to_do(said: Said) -> None:
    if said.text.endswith("：…"):
        return  # a frame: what is filled in says what to do
    text = said.text.replace("…", "").strip("。：:（）() ")
    assert len(said.text.replace("…", "三个字")) >= SHORTEST, f"too short to help: {said.text}"
    assert not re.search("(失败|错误|出错|异常|无效|非法|有误)$", text), f"says only that it went wrong: {said.text}"
    assert not re.match("(失败|错误|出错|异常|Error)", text), f"begins with the alarm: {said.text}"
    assert not text.endswith("!"), "no shouting"
    assert "！" not in text, "no shouting"
    assert not re.search("对不起|抱歉|不好意思", text), f"no apologies: {said.text}"
    assert WHAT_NOW.search(text), f"says nothing to do: {said.text}"


def test_a_bare_alarm_would_be_caught() -> None:
    for bad in ("操作失败", "输入有误", "日期非法", "系统异常"):
        with pytest.raises(AssertionError):
            test_a_sentence_says_what_is_so_and_what_to_do(Said("x", bad))
