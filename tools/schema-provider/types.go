package main

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var primitives = map[string]tftypes.Type{
	"string":  tftypes.String,
	"number":  tftypes.Number,
	"bool":    tftypes.Bool,
	"dynamic": tftypes.DynamicPseudoType,
}

// parseType reads a type constraint: "string", ["list", "string"], ["object", {"a": "bool"}].
func parseType(raw json.RawMessage) (tftypes.Type, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		if primitive, known := primitives[name]; known {
			return primitive, nil
		}
		return nil, fmt.Errorf("type %q is unknown", name)
	}
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil || len(pair) != 2 {
		return nil, fmt.Errorf("type %s is neither a name nor a pair", raw)
	}
	if err := json.Unmarshal(pair[0], &name); err != nil {
		return nil, fmt.Errorf("type %s does not begin with a name", raw)
	}
	if name == "object" {
		return parseObject(pair[1])
	}
	element, err := parseType(pair[1])
	if err != nil {
		return nil, err
	}
	switch name {
	case "list":
		return tftypes.List{ElementType: element}, nil
	case "set":
		return tftypes.Set{ElementType: element}, nil
	case "map":
		return tftypes.Map{ElementType: element}, nil
	}
	return nil, fmt.Errorf("type %q is no collection", name)
}

func parseObject(raw json.RawMessage) (tftypes.Type, error) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(raw, &attributes); err != nil {
		return nil, fmt.Errorf("object %s has no attributes: %w", raw, err)
	}
	types := make(map[string]tftypes.Type, len(attributes))
	for name, attribute := range attributes {
		parsed, err := parseType(attribute)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		types[name] = parsed
	}
	return tftypes.Object{AttributeTypes: types}, nil
}
