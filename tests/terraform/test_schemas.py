"""How a provider's schema is read out of its bindings."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.terraform.schemas.layout import Schema
from tests.terraform.schemas.provider import derive_provider
from tests.terraform.schemas.wafv2 import without_unused
from tests.terraform.schemas.wheel import provider_version, read_bindings

_HEAD = "    // ====\n"


def _getter(name: str, flags: str, body: str) -> str:
    computed, optional, required = ("c" in flags, "o" in flags, "r" in flags)
    said = ", ".join(
        f"{word}: {str(value).lower()}"
        for word, value in (("computed", computed), ("optional", optional), ("required", required))
    )
    return f"    // {name} - {said}\n{body}\n"


def _read(by: str, name: str) -> str:
    return f"    get it() {{\n        return this.get{by}Attribute('{name}');\n    }}"


def _written(name: str, mapper: str, collection: str, storage: str, *, block: bool = False) -> str:
    return (
        f"            {name}: {{\n                value: {mapper},\n"
        f"                isBlock: {str(block).lower()},\n"
        f'                type: "{collection}",\n                storageClassType: "{storage}",\n'
        "            },\n"
    )


def _class(name: str, base: str, *body: str) -> str:
    return f"class {name} extends cdktn.{base} {{\n{''.join(body)}{_HEAD}}}\n"


_RULE = (
    "function bucketRuleToHclTerraform(struct) {\n"
    + _written("days", "cdktn.numberToHclTerraform(struct.days)", "simple", "number")
    + "}\n"
    + "function bucketLoggingToHclTerraform(struct) {\n"
    + _written("target", "cdktn.stringToHclTerraform(struct.target)", "simple", "string")
    + "}\n"
)
_DOCUMENTED = (
    "export interface BucketConfig extends cdktn.TerraformMetaArguments {\n"
    "    /**\n    * rule block\n    */\n    /**\n    * logging block\n    */\n"
    "    /**\n    * timeouts block\n    */\n}\n"
)
_BUCKET = (
    _DOCUMENTED
    + _RULE
    + _class(
        "BucketRuleOutputReference",
        "ComplexObject",
        _getter("days", "r", _read("Number", "days")),
        _getter("at", "c", _read("String", "at")),
    )
    + "class BucketRuleList extends cdktn.ComplexList {\n"
    "    get(index) {\n        return new BucketRuleOutputReference(this);\n    }\n}\n"
    + _class(
        "BucketLoggingOutputReference",
        "ComplexObject",
        _getter("target", "o", _read("String", "target")),
    )
    + _class(
        "Bucket",
        "TerraformResource",
        '    static tfResourceType = "test_bucket";\n',
        "            providerVersion: '1.2.3',\n",
        _getter("arn", "c", _read("String", "arn")),
        _getter("name", "r", _read("String", "name")),
        _getter(
            "zones",
            "o",
            "    get it() {\n        return cdktn.Fn.tolist(this.getListAttribute('zones'));\n",
        ),
        _getter("labels", "co", '    _labels = new cdktn.StringMap(this, "labels");'),
        _getter("token", "o", "    // @deprecated Write-only\n" + _read("String", "token")),
        _getter("rule", "r", '    _rule = new BucketRuleList(this, "rule", true);'),
        _getter("logging", "o", '    _l = new BucketLoggingOutputReference(this, "logging");'),
        _getter("timeouts", "o", '    _t = new BucketLoggingOutputReference(this, "timeouts");'),
        _getter("owner", "o", '    _o = new BucketLoggingOutputReference(this, "owner");'),
        _getter("history", "c", '    _h = new BucketRuleList(this, "history", false);'),
        _written("name", "cdktn.stringToHclTerraform(this._name)", "simple", "string"),
        _written(
            "rule",
            "cdktn.listMapperHcl(bucketRuleToHclTerraform, true)(this._rule)",
            "set",
            "BucketRuleList",
            block=True,
        ),
        _written(
            "logging",
            "bucketLoggingToHclTerraform(this._logging)",
            "list",
            "BucketLoggingList",
            block=True,
        ),
        _written(
            "timeouts",
            "bucketLoggingToHclTerraform(this._timeouts)",
            "struct",
            "BucketLogging",
            block=True,
        ),
        _written(
            "owner", "bucketLoggingToHclTerraform(this._owner)", "struct", "BucketOwner", block=True
        ),
    )
)


@pytest.fixture(scope="module")
def bucket() -> Schema:
    """The schema of the resource above."""
    return derive_provider({"bucket": _BUCKET}).schema["resource_schemas"]["test_bucket"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arn", {"type": "string", "computed": True}),
        ("name", {"type": "string", "required": True}),
        ("zones", {"type": ["set", "string"], "optional": True}),
        ("labels", {"type": ["map", "string"], "optional": True, "computed": True}),
        ("token", {"type": "string", "optional": True, "write_only": True}),
        # The documentation calls it no block, so it is an object.
        ("owner", {"type": ["object", {"target": "string"}], "optional": True}),
        (
            "history",
            {"type": ["list", ["object", {"days": "number", "at": "string"}]], "computed": True},
        ),
    ],
)
def test_an_attribute(bucket: Schema, name: str, expected: dict[str, object]) -> None:
    assert bucket["block"]["attributes"][name] == expected


def test_blocks(bucket: Schema) -> None:
    blocks = bucket["block"]["block_types"]
    assert {name: block["nesting_mode"] for name, block in blocks.items()} == {
        "rule": "set",
        "logging": "list",
        "timeouts": "single",
    }
    assert blocks["rule"].get("min_items") == 1
    assert blocks["rule"]["block"]["attributes"]["days"] == {"type": "number", "required": True}
    assert (blocks["logging"].get("min_items"), blocks["logging"].get("max_items")) == (None, 1)
    assert "max_items" not in blocks["timeouts"]


def test_protocol_6_has_nested_attributes() -> None:
    derived = derive_provider({"bucket": _BUCKET}, has_nested_attributes=True).schema
    owner = derived["resource_schemas"]["test_bucket"]["block"]["attributes"]["owner"]
    assert owner == {
        "optional": True,
        "nested_type": {
            "nesting_mode": "single",
            "attributes": {"target": {"type": "string", "optional": True}},
        },
    }


def _open(name: str) -> str:
    rule = _class(
        "AclRuleOutputReference",
        "ComplexObject",
        _getter("name", "r", _read("String", "name")),
        _getter("statement", "o", "    get it() {\n        return this.any('statement');\n    }"),
    )
    return (
        "function aclRuleToHclTerraform(struct) {\n}\n"
        + rule
        + "class AclRuleList extends cdktn.ComplexList {\n"
        "    get(index) {\n        return new AclRuleOutputReference(this);\n    }\n}\n"
        + _class(
            "Acl",
            "TerraformResource",
            f'    static tfResourceType = "{name}";\n',
            _getter("rule", "o", '    _rule = new AclRuleList(this, "rule", true);'),
            _written(
                "rule",
                "cdktn.listMapperHcl(aclRuleToHclTerraform, true)(this._rule)",
                "set",
                "AclRuleList",
                block=True,
            ),
        )
    )


_STATEMENT = (
    "function statementToHclTerraform(struct) {\n}\n"
    + _class(
        "StatementOutputReference",
        "ComplexObject",
        _getter("not_statement", "o", '    _n = new StatementList(this, "not_statement", false);'),
        _getter("country", "o", _read("String", "country")),
        _written("country", "x", "simple", "string"),
    )
    + "class StatementList extends cdktn.ComplexList {\n"
    "    get(index) {\n        return new StatementOutputReference(this);\n    }\n}\n"
    + _class(
        "Rule",
        "TerraformResource",
        '    static tfResourceType = "aws_wafv2_web_acl_rule";\n',
        _getter("statement", "o", '    _s = new StatementList(this, "statement", false);'),
        _written(
            "statement",
            "cdktn.listMapperHcl(statementToHclTerraform, true)(this._statement)",
            "list",
            "StatementList",
            block=True,
        ),
    )
)


def test_what_the_bindings_leave_open_is_left_out() -> None:
    derived = derive_provider({"acl": _open("test_acl")})
    assert derived.left_out == ("resource_schemas.test_acl",)
    assert derived.schema["resource_schemas"] == {}


def test_a_web_acl_takes_its_statement_from_the_rule_where_it_is_written_out() -> None:
    derived = derive_provider({"acl": _open("aws_wafv2_web_acl"), "rule": _STATEMENT})
    assert derived.left_out == ()
    acl = derived.schema["resource_schemas"]["aws_wafv2_web_acl"]["block"]
    rule = acl["block_types"]["rule"]["block"]
    assert "statement" not in rule["attributes"]
    statement = rule["block_types"]["statement"]
    assert statement.get("max_items") == 1
    assert statement["block"]["attributes"]["country"]["type"] == "string"


def test_a_statement_ends_after_three_levels() -> None:
    rule = derive_provider({"rule": _STATEMENT}).schema["resource_schemas"][
        "aws_wafv2_web_acl_rule"
    ]
    statement = rule["block"]["block_types"]["statement"]["block"]
    assert str(statement).count("country") == 3


def test_what_no_configuration_names_is_left_out_of_waf_alone() -> None:
    schema = derive_provider({"rule": _STATEMENT}).schema["resource_schemas"][
        "aws_wafv2_web_acl_rule"
    ]
    named = without_unused("aws_wafv2_web_acl_rule", schema, {"statement"})
    assert str(schema).count("not_statement") > 0
    assert named["block"]["block_types"]["statement"]["block"]["block_types"] == {}
    assert (
        without_unused("aws_wafv2_web_acl_rule", schema, {"statement", "not_statement"}) == schema
    )
    assert without_unused("aws_vpc", schema, set()) == schema
    required = schema["block"]["block_types"]["statement"] | {"min_items": 1}
    of_need: Schema = {
        "version": 0,
        "block": {"attributes": {}, "block_types": {"statement": required}},
    }
    kept = without_unused("aws_wafv2_web_acl_rule", of_need, set())
    assert kept["block"]["block_types"].keys() == {"statement"}


def test_secrets_are_marked() -> None:
    secret = _BUCKET.replace("test_bucket", "aws_ssm_parameter").replace("// name -", "// value -")
    schema = derive_provider({"p": secret}).schema["resource_schemas"]["aws_ssm_parameter"]
    assert schema["block"]["attributes"]["value"].get("sensitive") is True
    assert "sensitive" not in schema["block"]["attributes"]["arn"]


def test_only_the_code_of_the_types_is_read(tmp_path: Path) -> None:
    package = tmp_path / "cdktn_provider_test" / "_jsii"
    package.mkdir(parents=True)
    with tarfile.open(package / "provider-test@1.jsii.tgz", "w:gz") as archive:
        for name, text in {
            "package/lib/bucket/index.js": "one\n//# sourceMappingURL=x",
            "package/lib/bucket/index.d.ts": "two",
            "package/lib/bucket/index-structs/index.js": "names others",
            "package/lib/bucket/index-structs/structs0.js": "three",
            "package/lib/index.js": "all",
            "package/README.md": "words",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    code = read_bindings(tmp_path)
    assert code.keys() == {"bucket"}
    assert code["bucket"].split() == ["one", "two", "three"]


def test_a_folder_without_bindings_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no bindings .* build the mirror anew"):
        read_bindings(tmp_path)


def test_the_version_must_be_one() -> None:
    assert provider_version({"bucket": _BUCKET, "words": "nothing"}) == "1.2.3"
    with pytest.raises(ValueError, match=r"\['1.2.3', '1.2.4'\] found"):
        provider_version({"a": _BUCKET, "b": _BUCKET.replace("1.2.3", "1.2.4")})
    with pytest.raises(ValueError, match=r"\[\] found"):
        provider_version({"a": ""})
