"""Where no refusal is found, the reader takes everything that the writer may write."""

import pytest
from hypothesis import event, given, settings, strategies as st
from jsonschema import Draft202012Validator

from warmline.contracts.refusals import UnknownKeywordError, refusals

SMALL = st.integers(-2, 3)
LENGTH = st.integers(0, 2)


def some_of(**keywords):
    return st.fixed_dictionaries({}, optional=keywords)


def typed(name, **keywords):
    return some_of(**keywords).map(lambda held: {"type": name, **held})


def holding(children):
    fields = st.dictionaries(st.sampled_from("abc"), children, min_size=1)
    return st.one_of(
        children.map(lambda node: {"anyOf": [node, {"type": "null"}]}),
        st.tuples(children, some_of(minItems=LENGTH, maxItems=LENGTH)).map(
            lambda pair: {"type": "array", "items": pair[0], **pair[1]}
        ),
        children.map(lambda node: {"type": "object", "additionalProperties": node}),
        fields.flatmap(
            lambda held: st.sets(st.sampled_from(sorted(held))).map(
                lambda needed: {"type": "object", "properties": held, "required": sorted(needed)}
            )
        ),
    )


LEAVES = st.one_of(
    st.just({}),
    st.just({"type": "boolean"}),
    typed("integer", minimum=SMALL, maximum=SMALL, exclusiveMinimum=SMALL),
    typed("number", minimum=SMALL, maximum=SMALL, exclusiveMaximum=SMALL),
    typed("string", minLength=LENGTH, maxLength=LENGTH),
    st.lists(st.sampled_from(["x", "y", "z", None, 1]), min_size=1, unique=True).map(lambda held: {"enum": held}),
)
SCHEMAS = st.recursive(LEAVES, holding, max_leaves=4)
SCALARS = st.one_of(
    st.none(), st.booleans(), SMALL, st.sampled_from([0.5, -1.5]), st.sampled_from(["", "x", "y", "zz", "xyz"])
)
VALUES = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abcd"), children, max_size=3),
    max_leaves=5,
)


@st.composite
def neighbours(draw):
    """A schema and one that differs from it in a part at most: two unrelated ones are hardly ever compatible."""
    schema = draw(SCHEMAS)
    return schema, draw(st.one_of(st.just(schema), SCHEMAS, varied(schema)))


def varied(schema):
    if "properties" in schema:
        names = st.sampled_from(sorted(schema["properties"]))
        return st.tuples(names, LEAVES).map(
            lambda pair: {**schema, "properties": {**schema["properties"], pair[0]: pair[1]}}
        )
    return some_of(minimum=SMALL, maximum=SMALL, minLength=LENGTH).map(
        lambda held: {**schema, **held} if "type" in schema else schema
    )


@settings(max_examples=400, deadline=None)
@given(neighbours(), st.lists(VALUES, min_size=5, max_size=20))
def test_what_a_writer_may_write_a_reader_without_refusals_takes(pair, values):
    writer, reader = pair
    if refusals(writer, reader):
        event("refused")
        return
    written, taken = Draft202012Validator(writer), Draft202012Validator(reader)
    for value in values:
        if written.is_valid(value):
            event("compared")
            assert taken.is_valid(value)


@given(SCHEMAS)
def test_a_reader_with_the_writers_own_schema_refuses_nothing(schema):
    assert refusals(schema, schema) == []


def test_a_keyword_that_nobody_taught_it_stops_the_comparison_and_names_the_field():
    schema = {"type": "object", "properties": {"a": {"type": "string", "contentEncoding": "base64"}}}
    with pytest.raises(UnknownKeywordError, match="a: cannot judge the keyword `contentEncoding`"):
        refusals(schema, schema)


def test_the_closest_of_several_alternatives_is_the_one_compared():
    reader = {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 9, "pattern": "x"}]}
    (refusal,) = refusals({"type": "string", "maxLength": 5}, reader)
    assert (refusal.kind, refusal.reader) == ("limit", "maxLength 3")
