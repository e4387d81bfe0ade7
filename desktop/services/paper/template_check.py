"""What is wrong with a template, all at once: read before it runs, then run on everything agreed and on nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import nodes

from desktop.services.paper.lease import lease_facts
from desktop.services.paper.markup import markup_problems
from desktop.services.paper.notices import notice_facts
from desktop.services.paper.template import TemplateProblem, render, syntax_tree, unknown_words
from desktop.services.paper.trial import sample_lease, sample_notice

MOST_PROBLEMS = 20
_ANYTHING = object()
_QUIET = ("default", "d")


def template_problems(kind: str, source: str, pictures: Mapping[str, bytes] | None = None) -> list[TemplateProblem]:
    """Every mistake with its line, the first line first; KeyError for an unknown kind.

    What a branch for a rare case names is looked at as well, whatever the lease at hand would use.
    """
    samples = _samples(kind)
    try:
        tree = syntax_tree(source)
    except TemplateProblem as problem:
        return [problem]
    found = _Names(samples[0]).look(tree)
    lenient = bool(found)
    for facts in samples:
        try:
            found += markup_problems(render(source, facts, lenient), pictures)
        except TemplateProblem as problem:
            found.append(problem)
    unique = list({(problem.line, problem.problem): problem for problem in found}.values())
    return sorted(unique, key=lambda problem: problem.line)[:MOST_PROBLEMS]


def _samples(kind: str) -> list[Mapping[str, Any]]:
    if kind == "housing_lease":
        return [lease_facts(sample_lease()), lease_facts(sample_lease(full=False))]
    if kind == "pipl_notice":
        return [notice_facts(sample_notice())]
    raise KeyError(kind)


class _Names:
    """Walks a template and follows what each name stands for, without running it."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = dict(facts)
        self._found: list[TemplateProblem] = []
        self._quiet = False

    def look(self, tree: nodes.Template) -> list[TemplateProblem]:
        self._body(tree.body, {})
        return self._found

    def _body(self, statements: list[nodes.Node], scope: dict[str, Any]) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _statement(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        if isinstance(node, nodes.For):
            items = self._value(node.iter, scope)
            inner = {**scope, "loop": _ANYTHING}
            if isinstance(node.target, nodes.Name):
                inner[node.target.name] = items[0] if isinstance(items, list) and items else _ANYTHING
            if node.test is not None:
                self._value(node.test, inner)
            self._body(node.body, inner)
            self._body(node.else_, scope)
        elif isinstance(node, nodes.If):
            self._value(node.test, scope)
            for part in (node.body, node.elif_, node.else_):
                self._body(list(part), scope)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            scope[node.target.name] = self._value(node.node, scope)
        elif isinstance(node, nodes.Output):
            for each in node.nodes:
                self._value(each, scope)
        else:
            self._body(list(node.iter_child_nodes()), scope)

    def _value(self, node: nodes.Node, scope: dict[str, Any]) -> Any:
        """What an expression stands for in the sample; _ANYTHING where only running it would tell."""
        if isinstance(node, nodes.Name):
            if node.name in scope:
                return scope[node.name]
            if node.name in self._facts:
                return self._facts[node.name]
            return self._unknown(node, node.name, [*self._facts, *scope])
        if isinstance(node, nodes.Getattr):
            return self._member(node, self._value(node.node, scope), node.attr)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            return self._member(node, self._value(node.node, scope), node.arg.value)
        if isinstance(node, nodes.Filter | nodes.Test) and node.name in (*_QUIET, "defined", "undefined"):
            before, self._quiet = self._quiet, True
            for child in node.iter_child_nodes():
                self._value(child, scope)
            self._quiet = before
            return _ANYTHING
        for child in node.iter_child_nodes():
            self._value(child, scope)
        return _ANYTHING

    def _member(self, node: nodes.Node, owner: Any, name: Any) -> Any:
        if owner is _ANYTHING:
            return _ANYTHING
        if isinstance(owner, dict):
            return owner[name] if name in owner else self._unknown(node, str(name), list(owner))
        if isinstance(owner, list):
            if isinstance(name, int):
                return owner[0] if owner else _ANYTHING
            self._say(node, f"「.{name}」前面是一张列表：用「for … in …」逐项取")
        else:
            self._say(node, f"「.{name}」前面已经是文字或数字，后面不能再接字段")
        return _ANYTHING

    def _unknown(self, node: nodes.Node, name: str, known: list[str]) -> Any:
        self._say(node, unknown_words(name, known))
        return _ANYTHING

    def _say(self, node: nodes.Node, words: str) -> None:
        if not self._quiet:
            self._found.append(TemplateProblem(node.lineno, words))
