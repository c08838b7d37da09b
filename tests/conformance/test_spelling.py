import ast

import pytest

from conformance import registry
from conformance.errors import AdapterError, Unsupported
from conformance.lowering.spelling import SpellingTable
from conformance.operations import operations
from conformance.registry import adapter, adapter_names

ROOTS = ("fw",)


def spelled(table: str, name: str, **given: str) -> str:
    rows = SpellingTable.parse("toy", table, roots=ROOTS)
    return ast.unparse(rows.spell(name, {key: ast.parse(text, mode="eval").body for key, text in given.items()}))


def test_a_keyword_that_was_not_given_is_left_out() -> None:
    table = "mean(x, axis=None, keepdims=False): fw.mean(x, axis=axis, keep=keepdims)"
    assert spelled(table, "mean", x="a") == "fw.mean(a)"
    assert spelled(table, "mean", x="a", axis="0") == "fw.mean(a, axis=0)"


def test_elsewhere_the_default_is_written() -> None:
    assert spelled("cumulative_sum(x, axis=0): fw.cumsum(x, axis)", "cumulative_sum", x="a") == "fw.cumsum(a, 0)"


def test_the_first_line_that_takes_in_all_arguments_is_used() -> None:
    table = "max(x): fw.max(x)\nmax(x, axis, keepdims=False): fw.amax(x, axis=axis, keep=keepdims)"
    assert spelled(table, "max", x="a") == "fw.max(a)"
    assert spelled(table, "max", x="a", axis="1") == "fw.amax(a, axis=1)"
    with pytest.raises(Unsupported, match="no max with the arguments"):
        spelled("max(x): fw.max(x)", "max", x="a", axis="1")


def test_an_indented_line_continues_the_one_before_it() -> None:
    table = "tan(x):\n    fw.tan(\n    x)\nsin(x): fw.sin(x)"
    assert spelled(table, "tan", x="a") == "fw.tan(a)"
    assert spelled(table, "sin", x="a") == "fw.sin(a)"


def test_a_lambda_may_name_its_own_arguments() -> None:
    assert spelled("tan(x): fw.map(lambda row: row + x, x)", "tan", x="a") == "fw.map(lambda row: row + a, a)"


def test_unsupported_carries_its_reason() -> None:
    with pytest.raises(Unsupported, match="there is no tangent"):
        spelled("tan(x): unsupported: there is no tangent", "tan", x="a")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("mean(x): fw.mean(y)", "'y' is neither a parameter"),
        ("mean(x): other.mean(x)", "'other' is neither a parameter"),
        ("meen(x): fw.mean(x)", "'meen' is not an operation"),
        ("mean(x, dim): fw.mean(x, dim)", "'dim' is no parameter of mean"),
        ("mean(x) fw.mean(x)", "is not `name(parameters): native expression`"),
        ("mean(x): fw.mean(x", "is not an expression"),
    ],
)
def test_a_wrong_line_is_refused_when_the_table_is_read(line: str, message: str) -> None:
    with pytest.raises(AdapterError) as caught:
        SpellingTable.parse("toy", line, roots=ROOTS)
    assert message in str(caught.value)
    assert "line 1" in str(caught.value)


@pytest.mark.parametrize("name", [*adapter_names(), "reference"])
def test_every_adapter_spells_or_refuses_every_operation(name: str) -> None:
    table = adapter(name).spellings
    silent = [op for op in operations() if (table.support(op) or "").endswith(f"no spelling for {op}")]
    assert silent == []


def test_an_unknown_adapter_is_named_with_the_nearest() -> None:
    with pytest.raises(AdapterError, match="did you mean 'torch'"):
        adapter("troch")


def test_an_adapter_that_is_not_installed_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._OURS, "absent", "conformance_absent")
    with pytest.raises(AdapterError, match="No module named 'conformance_absent'; install the project"):
        adapter("absent")
