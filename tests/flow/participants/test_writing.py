"""Numbers go beside their criteria, and not one other character of a study file changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortflow.checking import check_text
from consortflow.participants.writing import Number, UnwritableError, counted
from consortflow.schemas.source import parse


def written(text, *numbers):
    return counted(parse(text), [Number(*number) for number in numbers])


def test_a_number_goes_before_its_criterion_in_block_style():
    text = "stages:\n  - kind: screening  # first\n    where: A = 1  # who\n"
    assert written(text, (("stages", 0), 92)) == (
        "stages:\n  - kind: screening  # first\n    n: 92\n    where: A = 1  # who\n"
    )


def test_a_number_goes_after_the_dash_where_the_criterion_did():
    text = "stages:\n  - where: A = 1\n    kind: screening\n"
    assert written(text, (("stages", 0), 9)) == "stages:\n  - n: 9\n    where: A = 1\n    kind: screening\n"


def test_a_number_goes_into_braces():
    text = "stages: [{kind: screening, where: A = 1}]"
    assert written(text, (("stages", 0), 9)) == "stages: [{kind: screening, n: 9, where: A = 1}]"


def test_a_mapping_without_braces_in_a_list_gets_them():
    text = 'stages: [{kind: screening, exits: [where: "A = 1"]}]'
    assert written(text, (("stages", 0, "exits", 0), 9)) == (
        'stages: [{kind: screening, exits: [{n: 9, where: "A = 1"}]}]'
    )


def test_unknown_is_replaced_where_it_stands():
    text = "stages:\n  - {kind: screening, n: unknown, where: A = 1}  # unknown\n"
    assert written(text, (("stages", 0), 9)) == "stages:\n  - {kind: screening, n: 9, where: A = 1}  # unknown\n"


@pytest.mark.parametrize("stated", ["7", "<5", "3-7", "{percent: 8}", "{n: 3, percent: 8}"])
def test_what_a_file_states_is_left_alone(stated):
    text = f"stages:\n  - {{kind: screening, n: {stated}, where: A = 1}}\n"
    assert written(text, (("stages", 0), 9)) == text


def test_reasons_in_short_form_are_found_by_label_and_by_place():
    text = (
        "stages:\n- kind: screening\n  exits:\n  - reasons:\n      Died: {where: A = 1}\n      Left: {where: B = 1}\n"
    )
    reasons = ("stages", 0, "exits", 0, "reasons")
    assert written(text, ((*reasons, "Died"), 1), ((*reasons, 1), 2)) == (
        "stages:\n- kind: screening\n  exits:\n  - reasons:\n      Died: {n: 1, where: A = 1}\n"
        "      Left: {n: 2, where: B = 1}\n"
    )


def test_reasons_by_a_column_are_written_out():
    text = "stages:\n- kind: screening\n  exits:\n  - label: Left\n    by: DCSREAS\n"
    counts = {"Adverse event": 3, "No": 1, "Moved: abroad": 0, "2nd": 4}
    assert written(text, (("stages", 0, "exits", 0), 8, counts)) == (
        "stages:\n- kind: screening\n  exits:\n  - label: Left\n    n: 8\n"
        '    reasons: {Adverse event: 3, "No": 1, "Moved: abroad": 0, "2nd": 4}\n    by: DCSREAS\n'
    )


def test_a_criterion_over_several_lines_stays_as_it_is():
    text = "stages:\n  - kind: screening\n    where: >-\n      A = 1\n\n      or B = 2\n\n# end\n"
    assert written(text, (("stages", 0), 5)) == text.replace("    where", "    n: 5\n    where")


def test_units_are_filled_in_one_by_one():
    text = (
        "study: {units: [homes, residents]}\nstages:\n"
        "  - {kind: screening, where: A = 1}\n"
        "  - {kind: enrollment, n: unknown, where: A = 1}\n"
        "  - kind: treatment\n    n: {homes: 4, residents: unknown}\n    where: A = 1\n"
        "  - kind: analysis\n    n:\n      homes: 4\n    where: A = 1\n"
    )
    n = {"residents": 80}
    assert written(text, *((("stages", i), n) for i in range(4))) == (
        "study: {units: [homes, residents]}\nstages:\n"
        "  - {kind: screening, n: {residents: 80}, where: A = 1}\n"
        "  - {kind: enrollment, n: {residents: 80}, where: A = 1}\n"
        "  - kind: treatment\n    n: {homes: 4, residents: 80}\n    where: A = 1\n"
        "  - kind: analysis\n    n:\n      residents: 80\n      homes: 4\n    where: A = 1\n"
    )


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_end_as_those_of_the_file_do(end):
    text = f"stages:{end}  - kind: screening{end}    where: A = 1"
    assert written(text, (("stages", 0), 5)) == f"stages:{end}  - kind: screening{end}    n: 5{end}    where: A = 1"


def test_keys_in_their_long_form_are_kept():
    text = "stages:\n  - ? where\n    : A = 1\n    kind: screening\n"
    assert written(text, (("stages", 0), 5)) == ("stages:\n  - n: 5\n    ? where\n    : A = 1\n    kind: screening\n")


def test_a_place_without_a_criterion_is_left_alone():
    text = "stages:\n  - kind: screening\n  - {kind: enrollment, where: A = 1}\n"
    assert written(text, (("stages", 0), 5), (("stages", 7), 5), (("stages", 0, "exits", 0), 5)) == text


def test_text_that_could_be_taken_for_another_is_not_written():
    source = parse("stages:\n  - {kind: screening, where: A = 1}\n")
    source.text = source.text.replace("where: A", "where:  B")
    with pytest.raises(UnwritableError, match="cannot be written"):
        counted(source, [Number(("stages", 0), 5)])


# Property: a study and what it becomes, made side by side

LABELS = st.sampled_from(["Died", "Not eligible", "Ünwell, at home", "where: it was", "n: 3", "# 4", "unknown", "中文"])
CRITERIA = ["A = 1", "B != 'x: y' # no", '"quoted"', "C in (1, 2)", "where and n", "[x]", "{n: 1}"]
COMMENTS = st.sampled_from(["", "  # where: A = 1", " # n: unknown", "   #  é 中 \t trailing "])


@st.composite
def items(draw, indent, flow, kind, depth=0):
    """Return an item's lines as they are and as they become, and the numbers put into it, by path from the item."""
    quote = draw(st.sampled_from("'\""))
    doubled = draw(st.sampled_from(CRITERIA)).replace("'", "''") if quote == "'" else None
    criterion = (
        f"'{doubled}'" if doubled is not None else '"' + draw(st.sampled_from(CRITERIA)).replace('"', '\\"') + '"'
    )
    n = draw(st.integers(0, 10**9))
    stated = draw(st.sampled_from([None, "unknown", "4"]))
    fields = [("label", f'"{draw(LABELS)}"')] if kind is None else [("kind", kind)]
    counted_here = draw(st.booleans())
    if stated:
        fields.append(("n", stated))
    if counted_here:
        fields.append(("where", criterion))
    fields = draw(st.permutations(fields))
    numbers = [((), n)] if counted_here else []
    before, after = [], []
    for key, value in fields:
        before.append((key, value))
        if key == "where" and not stated:
            after.append(("n", str(n)))
        after.append((key, str(n) if key == "n" and value == "unknown" and counted_here else value))
    below = draw(st.lists(st.booleans(), max_size=2)) if depth < 2 and kind is not None else []
    inner_flow = flow or draw(st.booleans())
    children = [draw(items(indent + 4, inner_flow, None, depth + 1)) for _ in below]
    for i, (_, _, placed) in enumerate(children):
        numbers += [(("exits", i, *path), m) for path, m in placed]
    comments = [draw(COMMENTS) for _ in fields]

    def block(pairs, which, notes):
        lines, dash = [], "- "
        for key, value in pairs:
            lines.append(" " * indent + dash + f"{key}: {value}{notes.get(key, '')}")
            dash = "  "
        if children:
            lines.append(" " * indent + "  exits:")
            for child in children:
                text = child[which]
                lines.append(text if not inner_flow else " " * (indent + 4) + "- " + text)
        return "\n".join(lines)

    def braces(pairs, which):
        parts = [f"{key}: {value}" for key, value in pairs]
        if children:
            parts.append(f"exits: [{', '.join(child[which] for child in children)}]")
        return "{" + ", ".join(parts) + "}"

    if flow:
        return braces(before, 0), braces(after, 1), numbers
    notes = {key: comment for (key, _), comment in zip(fields, comments, strict=True)}
    return block(before, 0, notes), block(after, 1, notes), numbers


@st.composite
def studies(draw):
    kinds = draw(st.lists(st.sampled_from(["screening", "enrollment", "treatment"]), min_size=1, max_size=3))
    flow = draw(st.booleans())
    stages = [draw(items(2, flow, kind)) for kind in kinds]
    head = draw(st.sampled_from(["", "# a study\n", "\n\n# where: A\n", "%YAML 1.2\n---\n"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    texts = []
    for which in (0, 1):
        listed = [("  - " + stage[which]) if flow else stage[which] for stage in stages]
        texts.append((head + "stages:\n" + "\n".join(listed) + draw(st.just("\n# the end"))).replace("\n", end))
    numbers = [(("stages", i, *path), n) for i, (_, _, placed) in enumerate(stages) for path, n in placed]
    return texts[0], texts[1], numbers


@settings(max_examples=400, deadline=None)
@given(studies(), st.randoms())
def test_nothing_else_changes(study, random):
    before, after, numbers = study
    assert parse(before).findings == ()
    random.shuffle(numbers)
    assert written(before, *numbers) == after


@settings(max_examples=100, deadline=None)
@given(studies())
def test_what_was_written_is_not_written_again(study):
    before, after, numbers = study
    once = written(before, *numbers)
    assert written(once, *numbers) == once == after


def test_a_counted_file_checks_clean():
    text = (
        "study: {title: T, unit: patients}\n"
        "stages:\n"
        "  - kind: screening\n    where: AGE >= 18\n    exits:\n"
        "      - label: Excluded\n        where: RANDFL != 'Y'\n        reasons:\n"
        "          Declined: {where: CONSENT = 'N'}\n          Too ill: {n: unknown, where: ECOG > 2}\n"
        "  - {kind: enrollment, where: RANDFL = 'Y'}\n"
    )
    exits = ("stages", 0, "exits", 0)
    numbers = [
        (("stages", 0), 92), (exits, 25), ((*exits, "reasons", 0), 20), ((*exits, "reasons", 1), 5),
        (("stages", 1), 67),
    ]  # fmt: skip
    solution, findings = check_text(written(text, *numbers), "a.yaml")
    assert findings.ok
    assert solution.n("enrollment") == 67
    _, findings = check_text(written(text, *numbers[:-1], (("stages", 1), 66)), "a.yaml")
    assert [finding.code for finding in findings.errors] == ["B301"]
