package main

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const bucket = `{
  "provider": {"version": 0, "block": {"attributes": {"region": {"type": "string", "optional": true}}}},
  "resource_schemas": {"test_bucket": {"version": 2, "block": {
    "attributes": {
      "arn": {"type": "string", "computed": true},
      "name": {"type": "string", "required": true},
      "secret": {"type": "string", "optional": true, "sensitive": true, "write_only": true},
      "owner": {"nested_type": {"nesting_mode": "single", "attributes": {
        "id": {"type": "string", "computed": true}, "name": {"type": "string", "optional": true}}}, "optional": true}
    },
    "block_types": {"rule": {"nesting_mode": "list", "min_items": 1, "max_items": 3, "block": {
      "attributes": {"days": {"type": "number", "required": true}, "at": {"type": "string", "computed": true}}}}}
  }}},
  "data_source_schemas": {"test_zones": {"version": 0, "block": {"attributes": {"names": {"type": ["list", "string"], "computed": true}}}}},
  "ephemeral_resource_schemas": {"test_token": {"version": 0, "block": {"attributes": {"value": {"type": "string", "computed": true}}}}}
}`

func decoded(t *testing.T, text string) *providerSchemas {
	t.Helper()
	schemas, err := decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

func TestDecodeKeepsWhatTheSchemaSays(t *testing.T) {
	schemas := decoded(t, bucket)
	resource := schemas.resources["test_bucket"]
	if resource.Version != 2 {
		t.Errorf("version %d, want 2", resource.Version)
	}
	found := map[string]*tfprotov6.SchemaAttribute{}
	for _, attribute := range resource.Block.Attributes {
		found[attribute.Name] = attribute
	}
	if !found["name"].Required || found["name"].Optional || found["name"].Computed {
		t.Errorf("name: %+v, want required alone", found["name"])
	}
	if !found["secret"].Sensitive || !found["secret"].WriteOnly {
		t.Errorf("secret: %+v, want sensitive and write-only", found["secret"])
	}
	if found["owner"].NestedType.Nesting != tfprotov6.SchemaObjectNestingModeSingle {
		t.Errorf("owner: %+v, want one nested object", found["owner"].NestedType)
	}
	rule := resource.Block.BlockTypes[0]
	if rule.MinItems != 1 || rule.MaxItems != 3 || rule.Nesting != tfprotov6.SchemaNestedBlockNestingModeList {
		t.Errorf("rule: %+v, want a list of 1 to 3", rule)
	}
	if schemas.provider.Block.Attributes[0].Name != "region" {
		t.Errorf("provider: %+v, want region", schemas.provider.Block)
	}
	if len(schemas.dataSources) != 1 || len(schemas.ephemerals) != 1 {
		t.Errorf("%d data sources and %d ephemerals, want one each", len(schemas.dataSources), len(schemas.ephemerals))
	}
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{"resource_schemas": {"a": {"block": {"attributes": {"b": {"type": "text"}}}}}}`:                                                                    `a.b: type "text" is unknown`,
		`{"resource_schemas": {"a": {"block": {"attributes": {"b": {}}}}}}`:                                                                                  "a.b: type",
		`{"resource_schemas": {"a": {"block": {"block_types": {"b": {"nesting_mode": "heap"}}}}}}`:                                                           `a.b: nesting mode "heap" is unknown`,
		`{"resource_schemas": {"a": {"block": {"attributes": {"b": {"nested_type": {"nesting_mode": "heap"}}}}}}}`:                                           `a.b: nesting mode "heap" is unknown`,
		`{"data_source_schemas": {"a": {"block": {"attributes": {"b": {"type": ["object", {"c": "text"}]}}}}}}`:                                              `a.b: c: type "text" is unknown`,
		`{"provider": {"block": {"attributes": {"b": {"type": ["heap", "string"]}}}}}`:                                                                       `provider: b: type "heap" is no collection`,
		`{"resource_schemas": {"a": {"block": {"attributes": {"b": {"type": ["list", "string", "string"]}}}}}}`:                                              "neither a name nor a pair",
		`{"resource_schemas": {"a": {"block": {"block_types": {"b": {"nesting_mode": "list", "block": {"attributes": {"c": {"type": ["object", []]}}}}}}}}}`: "a.b.c: object",
		`{`: "unexpected EOF",
	} {
		_, err := decode(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestParseType(t *testing.T) {
	for text, want := range map[string]tftypes.Type{
		`"bool"`:                      tftypes.Bool,
		`"dynamic"`:                   tftypes.DynamicPseudoType,
		`["set", "number"]`:           tftypes.Set{ElementType: tftypes.Number},
		`["map", ["list", "string"]]`: tftypes.Map{ElementType: tftypes.List{ElementType: tftypes.String}},
		`["object", {"a": "string"}]`: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String}},
	} {
		got, err := parseType([]byte(text))
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}
