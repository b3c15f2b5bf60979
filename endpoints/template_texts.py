"""Templates compiled once a language, with their texts in it: a page then looks none of its hundred texts up.

`_("…")` around a constant becomes the text itself, or a pattern to fill where values go with it; what Jinja's own
extension for texts gives (new style) is what stands there. Texts in the plural, or not constant, stay calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer

from endpoints.languages import LANGUAGES, language, read_catalogues

if TYPE_CHECKING:
    from jinja2 import Template


class TranslatedEnvironment(Environment):
    """The application's templates, in the language of the request."""

    lang: str | None = None
    """The language that these templates are compiled in; None: the request's."""

    def get_template(self, name: str | Template, *args: Any, **kwargs: Any) -> Template:
        """Return a template compiled in the language of the request; those that it names are in the same one."""
        if self.lang is not None:
            return super().get_template(name, *args, **kwargs)
        return self._in(language()).get_template(name, *args, **kwargs)

    def _in(self, lang: str) -> TranslatedEnvironment:
        if "languages" not in self.__dict__:
            self.languages = {each: self.overlay() for each in LANGUAGES}
            for each, own in self.languages.items():
                own.lang = each
        return self.languages[lang]


class _Generator(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:  # noqa: N802 — Jinja's visitors
        super().visit_Template(_Texts(self.environment).visit(node), frame)


class _Texts(NodeTransformer):
    def __init__(self, environment: Any) -> None:
        self._environment: TranslatedEnvironment = environment

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 — Jinja's visitors
        self.generic_visit(node)
        text = _constant(node)
        if text is None:
            return node
        pattern = str(read_catalogues().of(self._environment.lang or LANGUAGES[0]).ugettext(text))
        found: nodes.Expr = nodes.TemplateData(pattern if node.kwargs else pattern % {})
        if node.kwargs:
            pairs = [nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]
            found = nodes.Mod(found, nodes.Dict(pairs))
        return found.set_environment(self._environment).set_lineno(node.lineno, override=True)


def _constant(call: nodes.Call) -> str | None:
    """Return the text that a call asks to translate, if it stands there in full."""
    named = isinstance(call.node, nodes.Name) and call.node.name == "_" and len(call.args) == 1
    if not named or call.dyn_args or call.dyn_kwargs or not isinstance(call.args[0], nodes.Const):
        return None
    return str(call.args[0].value)


TranslatedEnvironment.code_generator_class = _Generator
