"""Texts that the office edits itself: a Jinja2 template with facts filled in, safely and within bounds.

Allowed are `{{ field }}`, `{% if %}`, `{% for %}`, `{% set %}`, a few filters and plain arithmetic. There are no calls,
no attributes other than our own facts, no macros, no includes, and loops, sizes and time are limited: a template can be
wrong, it cannot hang the till or look outside. What a fact contains is never markup: a name with `**` stays a name.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import CodeType
from typing import Any, NoReturn

from jinja2 import Environment, StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from desktop.services.errors import DomainError

MOST_SOURCE = 100_000
MOST_OUTPUT = 400_000
MOST_STRING = 10_000
MOST_ROUNDS = 20_000
MOST_SECONDS = 2.0
MOST_NUMBER = 10**15

_LINE_MARK = re.compile("\x02(\\d+)\x03")
_SPECIAL = "*|#-!>@={}"
_ESCAPED = {ord(mark): 0xE000 + ord(mark) for mark in _SPECIAL} | {0x0A: 0x20, 0x0D: None, 0x02: None, 0x03: None}
_UNESCAPED = {0xE000 + ord(mark): mark for mark in _SPECIAL}

_LOOP_FACTS = frozenset({"index", "index0", "first", "last", "length"})
_FILTERS = ("join", "length", "count", "first", "last", "default", "d", "trim")
_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.For, nodes.Getattr,
    nodes.Getitem, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos,
    nodes.Concat, nodes.Assign, nodes.List, nodes.Tuple,
)  # fmt: skip


class TemplateProblem(DomainError):
    """What is wrong with a template and in which line (1-based)."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"模板第 {line} 行：{problem}", field="template")
        self.line = line
        self.problem = problem


class _Stopped(Exception):
    """A limit or a ban met while the template ran."""


def unknown_words(name: str, known: Iterable[str]) -> str:
    """The sentence for a field that is not there: the one that was probably meant, and what there is."""
    names = [str(each) for each in known if not str(each).startswith("_")]
    alike = [each for each in names if len(each) == len(name) or each[:1] == name[:1]]
    near = get_close_matches(name, alike, n=1, cutoff=0.4)
    meant = f"，是不是「{near[0]}」" if near else ""
    where = f"；这里可用的有：{'、'.join(names)}" if names else ""
    return f"没有叫「{name}」的字段{meant}{where}"


class _UnknownField(StrictUndefined):
    """Says in the office's language which field does not exist."""

    def _fail(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        owner = self._undefined_obj
        raise _Stopped(unknown_words(str(self._undefined_name), owner if isinstance(owner, dict) else {}))

    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = __contains__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __pos__ = __int__ = __float__ = __getitem__ = _fail


class _Budget:
    def __init__(self) -> None:
        self.rounds = 0
        self.until = time.monotonic() + MOST_SECONDS

    def count(self) -> None:
        self.rounds += 1
        if self.rounds > MOST_ROUNDS:
            raise _Stopped(f"循环超过 {MOST_ROUNDS} 次，已停止：看循环有没有写错")
        if time.monotonic() > self.until:
            raise _Stopped(f"运算超过 {MOST_SECONDS:.0f} 秒，已停止：把算式写简单些")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Facts are dicts, lists, strings and numbers; nothing else can be reached."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, lenient: bool = False) -> None:
        super().__init__(
            undefined=Undefined if lenient else _UnknownField, trim_blocks=True, lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=as_words, autoescape=False, optimized=False,
        )  # fmt: skip
        self.globals.clear()
        self.filters = {name: FILTERS[name] for name in _FILTERS} | {"_bounded": _bounded, "_short": _short}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _LOOP_FACTS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Undefined):
            str(obj)  # says which field is missing
        if (isinstance(obj, dict) and isinstance(argument, str)) or (
            isinstance(obj, (list, tuple, str)) and isinstance(argument, int)
        ):
            try:
                return obj[argument]  # type: ignore[index]
            except LookupError:
                return self.undefined(obj=obj, name=str(argument))
        return self.undefined(obj=obj, name=str(argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _short(left + right)
        numbers = all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in (left, right))
        if not numbers or operator == "**":
            for side in (left, right):
                if isinstance(side, Undefined):
                    str(side)
            raise _Stopped(f"「{operator}」只能用于数字：换成数字字段")
        if right == 0 and operator in ("/", "//", "%"):
            raise _Stopped("除数为零：先判断再除")
        result = self.binop_table[operator](left, right)
        if abs(result) > MOST_NUMBER:
            raise _Stopped("数字太大：换小一些的数")
        return result


def as_words(value: Any) -> str:
    """A fact as printed text, its markup characters made harmless."""
    if isinstance(value, bool):
        value = "是" if value else "否"
    elif not isinstance(value, (str, int, float, Undefined)):
        raise _Stopped("这里只能放文字或数字，不能放整个表格：写出其中一项")
    return str(value).translate(_ESCAPED)


def restore(text: str) -> str:
    """Markup characters that came out of facts, readable again after the markup was read."""
    return text.translate(_UNESCAPED)


@pass_context
def _bounded(context: Context, items: Any) -> Iterator[Any]:
    if isinstance(items, Undefined):
        str(items)  # says which field is missing, unless such are let pass
        return
    if not isinstance(items, (list, tuple)):
        raise _Stopped("for 循环只能用于列表：核对 in 后面的字段")
    budget = context.parent["_budget"]
    for item in items:
        budget.count()
        yield item


def _short(text: Any) -> str:
    if len(str(text)) > MOST_STRING:
        raise _Stopped(f"拼出的文字超过 {MOST_STRING} 个字：缩短它")
    return str(text)


def render(source: str, facts: Mapping[str, Any], lenient: bool = False) -> list[tuple[int, str]]:
    """The lines of the filled-in template, each with the template line it came from. Raises TemplateProblem.

    `lenient` leaves out fields that are not there, so that what else is wrong can be told at once.
    """
    template = _compiled(source, lenient)
    parts: list[str] = []
    size = 0
    try:
        for part in template.generate({**facts, "_budget": _Budget()}):
            parts.append(part)
            size += len(part)
            if size > MOST_OUTPUT:
                raise TemplateProblem(_last_line(parts), f"内容超过 {MOST_OUTPUT} 个字，已停止：缩短或减少循环")
    except TemplateProblem:
        raise
    except _Stopped as stop:
        raise TemplateProblem(_line_of(stop), str(stop)) from stop
    except (TemplateError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise TemplateProblem(_line_of(error), "这一行算不出来，请检查字段和写法") from error
    lines = []
    number = 1
    for line in "".join(parts).split("\n"):
        found = _LINE_MARK.search(line)
        if found:
            number = int(found[1])
        lines.append((number, _LINE_MARK.sub("", line).rstrip()))
    return lines


def syntax_tree(source: str) -> nodes.Template:
    """The template as it was understood, for looking at it without running it. Raises TemplateProblem."""
    sandbox = _Sandbox()
    try:
        tree = sandbox.parse(source)
        _check(tree, counted=False)
    except TemplateSyntaxError as error:
        raise TemplateProblem(error.lineno, _in_chinese(error.message or "")) from error
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateProblem(1, "括号或标记嵌套太深：拆成几行写") from error
    return tree


@lru_cache(maxsize=16)
def _compiled(source: str, lenient: bool = False) -> Template:
    if len(source) > MOST_SOURCE:
        raise TemplateProblem(1, f"模板超过 {MOST_SOURCE} 个字：删减后再存")
    if "\x02" in source or "\x03" in source:
        raise TemplateProblem(1, "模板里有控制字符：先贴到记事本再复制过来")
    sandbox = _Sandbox(lenient)
    try:
        tree = sandbox.parse(_with_line_marks(source))
        _check(tree)
        code: CodeType = sandbox.compile(tree, filename="<template>")
        return Template.from_code(sandbox, code, sandbox.make_globals(None))
    except TemplateSyntaxError as error:
        raise TemplateProblem(error.lineno, _in_chinese(error.message or "")) from error
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateProblem(1, "括号或标记嵌套太深：拆成几行写") from error
    except (ValueError, OverflowError) as error:
        raise TemplateProblem(1, "模板里有写得太长的数字：写短一些") from error


def _check(tree: nodes.Template, counted: bool = True) -> None:
    """Refuse what is not on the list, and put a counter into each loop."""
    for node in _walk(tree):
        if not isinstance(node, _NODES):
            raise TemplateProblem(node.lineno, f"模板里不能用这种写法（{type(node).__name__}）：只用字段、if 和 for")
        if isinstance(node, nodes.Name) and node.name.startswith("_"):
            raise TemplateProblem(node.lineno, f"字段名不能以下划线开头，换一个：{node.name}")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise TemplateProblem(node.lineno, f"没有叫「{node.name}」的过滤器：核对名字")
        if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
            raise TemplateProblem(node.lineno, "set 只能给一个名字赋值：分成几行写")
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateProblem(node.lineno, "循环不能用 recursive：去掉它")
    if not counted:
        return
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, "_bounded", [], [], None, None, lineno=loop.lineno)
    _shorten(tree)


def _shorten(node: nodes.Node) -> None:
    """Wrap every `~` so that doubling a text forty times stops early."""
    for field, value in node.iter_fields():
        if isinstance(value, list):
            value[:] = [_shortened(item) for item in value]
        else:
            setattr(node, field, _shortened(value))


def _shortened(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        _shorten(value)
    if isinstance(value, nodes.Concat):
        return nodes.Filter(value, "_short", [], [], None, None, lineno=value.lineno)
    return value


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _with_line_marks(source: str) -> str:
    """The source with its line number at the start of each line of text, so that later complaints can name it."""
    spans: list[tuple[int, int]] = []
    plain = Environment(autoescape=False, keep_trailing_newline=True)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    position = opened = 0
    for _line, kind, value in plain.lex(source):
        if kind.endswith("_begin") and kind != "raw_begin":
            opened = position
        position += len(value)
        if (kind.endswith("_end") and kind != "raw_end") or kind.startswith("raw"):
            spans.append((opened, position))
    marked = []
    start = 0
    for number, line in enumerate(source.split("\n"), start=1):
        inside = any(low < start < high for low, high in spans)
        bare = line.lstrip()
        if inside or not bare or bare.startswith(("{%", "{#")):
            marked.append(line)
        else:
            marked.append(f"\x02{number}\x03{line}")
        start += len(line) + 1
    return "\n".join(marked)


def _last_line(parts: Iterable[str]) -> int:
    found = _LINE_MARK.findall("".join(parts))
    return int(found[-1]) if found else 1


def _line_of(error: BaseException) -> int:
    """Jinja rewrites the traceback so that its frames stand for template lines."""
    line = 1
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


_PHRASES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"unknown tag '(\w+)'.*innermost block.*'(\w+)'", lambda m: f"不认识的标记「{m[1]}」，或「{m[2]}」还没有结束"),
    (r"unknown tag '(\w+)'", lambda m: f"不认识的标记「{m[1]}」"),
    (r"Unexpected end of template.*innermost block.*'(\w+)'", lambda m: f"「{m[1]}」没有结束，缺少「end{m[1]}」"),
    (r"No filter named '(\w+)'", lambda m: f"没有叫「{m[1]}」的过滤器"),
    (r"No test named '(\w+)'", lambda m: f"没有叫「{m[1]}」的判断"),
    (r"unexpected '(.+)', expected '(.+)'", lambda m: f"多了「{m[1]}」，这里应当是「{m[2]}」"),
    (r"unexpected '(.+)'", lambda m: f"这里不该有「{m[1]}」"),
    (r"expected token '(.+)', got '(.+)'", lambda m: f"这里应当是「{_token(m[1])}」，却是「{_token(m[2])}」"),
    (r"unexpected char '(.+)'", lambda m: f"这里不该有「{m[1]}」"),
    (r"[Mm]issing end of comment", lambda m: "注释没有结束，缺少「#}」"),
)
_TOKENS = {
    "end of print statement": "}}",
    "end of statement block": "%}",
    "begin of statement block": "{%",
    "end of template": "模板结尾",
    "name": "字段名",
}


def _token(name: str) -> str:
    return _TOKENS.get(name, name)


def _in_chinese(message: str) -> str:
    for pattern, say in _PHRASES:
        found = re.search(pattern, message, re.DOTALL)
        if found:
            return say(found)
    return "写法有误，请检查花括号和百分号是否成对"
