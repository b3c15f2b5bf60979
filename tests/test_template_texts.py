"""Templates hold their texts in the language that they are compiled in."""

from __future__ import annotations

from flask import Flask, render_template
from jinja2 import DictLoader

from endpoints.languages import install_languages
from endpoints.template_texts import TranslatedEnvironment


def render(text: str, lang: str, **others: str) -> str:
    """Return a template rendered in a language with values; `others` are those that it names."""
    app = Flask(__name__)
    app.jinja_environment = TranslatedEnvironment
    install_languages(app)
    app.jinja_env.loader = DictLoader({"page.html": text, **{f"{name}.html": other for name, other in others.items()}})
    with app.test_request_context(headers={"Accept-Language": lang}):
        return render_template("page.html", name="<Nom & Fictif>", number=2)


def test_a_text_is_in_the_language_asked_for() -> None:
    """One template answers in both languages, in its parents and in what it imports too."""
    page = '{% extends "whole.html" %}{% import "part.html" as part %}{% block a %}{{ part.said() }}{% endblock %}'
    others = {
        "whole": '{{ _("Accueil") }} {% block a %}{% endblock %}',
        "part": '{% macro said() %}{{ _("Entreprises") }}{% endmacro %}',
    }
    assert render(page, "fr", **others) == "Accueil Entreprises"
    assert render(page, "en", **others) == "Home Companies"


def test_values_in_a_text_are_escaped() -> None:
    """What fills a text is escaped, the text itself is not."""
    page = '{{ _("(d\'après %(source)s)", source=name) }}'
    assert render(page, "fr") == "(d'après &lt;Nom &amp; Fictif&gt;)"


def test_texts_that_are_not_constant_are_looked_up() -> None:
    """A text held by a variable, and one with a plural, are translated when the page is written."""
    assert render('{% set text = "Accueil" %}{{ _(text) }}', "en") == "Home"
    plural = '{{ ngettext("%(num)s marché notifié", "%(num)s marchés notifiés", number) }}'
    assert render(plural, "fr") == "2 marchés notifiés"


def test_a_text_is_a_pattern_with_or_without_values() -> None:
    """A doubled percent sign is one, as in texts with values; an unknown text stays as it is."""
    assert render('{{ _("100 %% fictif") }}', "en") == "100 % fictif"
