"""Templates of the settings: checked before any request, harmless when they run."""

from __future__ import annotations

import pytest

from connector.document.templates import LONGEST, compile_template, says_yes
from connector.errors import RecordInvalid, SettingsError

ATTRIBUTES = {"name", "fields", "folders", "modified"}
KEY = "sources.interaxo.mapping.entry.title"


def render(source: str, **item: object) -> str:
    return compile_template(KEY, source, ATTRIBUTES)({"name": "plan.pdf", "fields": {}, **item})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ item.name }}", "plan.pdf"),
        ("{{ item.fields['Status'] }} {{ item.name | upper }}", "Open PLAN.PDF"),
        ("{{ item.fields.Status }}", "Open"),
        ("{{ item['name'] }}", "plan.pdf"),
        ("{% for f in item.folders %}{{ f }}/{% endfor %}", "a/b/"),
        ("{{ item.fields.Missing }}", ""),
        ("{{ item.fields.Missing.deeper }}", ""),
        ("  plain  ", "plain"),
        ("{{ '<b>' }}", "<b>"),
    ],
)
def test_a_template_sees_one_item(source: str, expected: str) -> None:
    assert render(source, fields={"Status": "Open"}, folders=["a", "b"]) == expected


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ item.nam }}", "item.nam"),
        ("{{ item['nam'] }}", "item.nam"),
        ("{{ name }}", "'name'"),
        ("{{ item.name", "not valid"),
        ("{{ item.name | shout }}", "not valid"),
        ("{% include 'settings.toml' %}", "not valid"),
        ("{{ range(10) }}", "'range'"),
        ("{{ item.__class__ }}", "item.__class__"),
    ],
)
def test_a_mistake_is_a_settings_error_before_anything_runs(source: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        compile_template(KEY, source, ATTRIBUTES)
    assert caught.value.key == KEY
    assert words in caught.value.message


@pytest.mark.parametrize(
    "source",
    [
        "{{ item.fields.__class__.__mro__ }}",
        "{{ item.name.__class__.__base__.__subclasses__() }}",
        "{{ item.folders.append('x') }}",
        "{{ item.fields.update({'a': 1}) }}",
    ],
)
def test_a_template_reaches_nothing_but_the_item_and_changes_nothing(source: str) -> None:
    item: dict[str, object] = {"fields": {"Status": "Open"}, "folders": ["a"]}
    try:
        told = render(source, **item)
    except RecordInvalid:
        told = ""
    assert told == ""
    assert item == {"fields": {"Status": "Open"}, "folders": ["a"]}


@pytest.mark.parametrize(
    "source", ["{{ 1 / 0 }}", "{{ item.name + 1 }}", "{{ item.modified.year }}{{ item.name + 1 }}"]
)
def test_a_template_that_fails_for_one_item_makes_that_item_invalid(source: str) -> None:
    with pytest.raises(RecordInvalid, match=KEY):
        render(source)


def test_what_a_template_makes_is_cut() -> None:
    assert len(render("{{ item.name * 9000 }}")) == LONGEST


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("True", True),
        (" yes ", True),
        ("1", True),
        ("False", False),
        ("", False),
        ("None", False),
        ("0", False),
    ],
)
def test_an_exclude_template_must_say_yes_clearly(text: str, yes: bool) -> None:
    assert says_yes(text) is yes
