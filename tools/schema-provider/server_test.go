package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var ownerType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "name": tftypes.String}}
var ruleType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"days": tftypes.Number, "at": tftypes.String}}

// config is a bucket with one rule; what is nil is not set.
func config(t *testing.T, schema *tfprotov6.Schema, arn, ownerID, ruleAt any) *tfprotov6.DynamicValue {
	t.Helper()
	owner := tftypes.NewValue(ownerType, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, ownerID), "name": tftypes.NewValue(tftypes.String, "a"),
	})
	rule := tftypes.NewValue(ruleType, map[string]tftypes.Value{
		"days": tftypes.NewValue(tftypes.Number, 30), "at": tftypes.NewValue(tftypes.String, ruleAt),
	})
	value := tftypes.NewValue(schema.ValueType(), map[string]tftypes.Value{
		"arn":    tftypes.NewValue(tftypes.String, arn),
		"name":   tftypes.NewValue(tftypes.String, "fieldday"),
		"secret": tftypes.NewValue(tftypes.String, nil),
		"owner":  owner,
		"rule":   tftypes.NewValue(tftypes.List{ElementType: ruleType}, []tftypes.Value{rule}),
	})
	packed, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		t.Fatal(err)
	}
	return &packed
}

func TestOnlyTheProviderSetsWhatIsComputed(t *testing.T) {
	schemas := decoded(t, bucket)
	for _, one := range []struct {
		name                 string
		arn, ownerID, ruleAt any
		want                 string
	}{
		{"nothing", nil, nil, nil, ""},
		{"an attribute", "arn:aws", nil, nil, `AttributeName("arn")`},
		{"a nested attribute", nil, "x", nil, `AttributeName("owner").AttributeName("id")`},
		{"in a block", nil, nil, "now", `AttributeName("rule").ElementKeyInt(0).AttributeName("at")`},
		{"not known yet", tftypes.UnknownValue, nil, nil, `AttributeName("arn")`},
	} {
		asked := &tfprotov6.ValidateResourceConfigRequest{
			TypeName: "test_bucket",
			Config:   config(t, schemas.resources["test_bucket"], one.arn, one.ownerID, one.ruleAt),
		}
		said, err := (&server{schemas: schemas}).ValidateResourceConfig(context.Background(), asked)
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, diagnostic := range said.Diagnostics {
			found += diagnostic.Attribute.String()
		}
		if found != one.want {
			t.Errorf("%s: found at %q, want %q", one.name, found, one.want)
		}
	}
}

func TestItRefusesToBeConfigured(t *testing.T) {
	said, err := (&server{}).ConfigureProvider(context.Background(), nil)
	if err != nil || len(said.Diagnostics) != 1 || said.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Fatalf("%+v, %v, want one error", said, err)
	}
	if !strings.Contains(said.Diagnostics[0].Detail, "mock_provider") {
		t.Errorf("%q does not say what to do", said.Diagnostics[0].Detail)
	}
}

func TestItServesItsSchema(t *testing.T) {
	said, err := (&server{schemas: decoded(t, bucket)}).GetProviderSchema(context.Background(), nil)
	if err != nil || said.ResourceSchemas["test_bucket"] == nil || said.DataSourceSchemas["test_zones"] == nil ||
		said.EphemeralResourceSchemas["test_token"] == nil || said.Provider == nil {
		t.Errorf("%+v, %v: something is missing", said, err)
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), schemaFile)
	if _, err := open(path); err == nil || !strings.Contains(err.Error(), "Build the mirror anew") {
		t.Errorf("%v, want what to do", err)
	}
	if err := os.WriteFile(path, []byte("half of i"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, want the file's name", err)
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write([]byte(bucket)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if schemas, err := open(path); err != nil || len(schemas.resources) != 1 {
		t.Errorf("%+v, %v, want the bucket", schemas, err)
	}
}

func TestAStateIsGivenBackAsItIs(t *testing.T) {
	schemas := decoded(t, bucket)
	asked := &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "test_bucket",
		RawState: &tfprotov6.RawState{JSON: []byte(`{"arn": "arn:aws", "name": "fieldday", "secret": null,
			"owner": null, "rule": [{"days": 30, "at": "now"}]}`)},
	}
	said, err := (&server{schemas: schemas}).UpgradeResourceState(context.Background(), asked)
	if err != nil {
		t.Fatal(err)
	}
	state, err := said.UpgradedState.Unmarshal(schemas.resources["test_bucket"].ValueType())
	if err != nil || !strings.Contains(state.String(), `"arn":tftypes.String<"arn:aws">`) {
		t.Errorf("%v, %v, want the state", state, err)
	}
	asked.TypeName = "test_nothing"
	if _, err := (&server{schemas: schemas}).UpgradeResourceState(context.Background(), asked); err == nil {
		t.Error("a type that there is not was upgraded")
	}
}
