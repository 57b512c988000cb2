package main

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unconfigurable finds arguments that a configuration sets although only the provider may.
// Terraform leaves this check to the provider.
func unconfigurable(schema *tfprotov6.Schema, config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
	value, err := config.Unmarshal(schema.ValueType())
	if err != nil {
		return []*tfprotov6.Diagnostic{{
			Severity: tfprotov6.DiagnosticSeverityError,
			Summary:  "The configuration does not fit the schema",
			Detail:   err.Error(),
		}}
	}
	return inBlock(schema.Block, value, tftypes.NewAttributePath())
}

func inBlock(block *tfprotov6.SchemaBlock, value tftypes.Value, path *tftypes.AttributePath) []*tfprotov6.Diagnostic {
	values, isSet := object(value)
	if !isSet {
		return nil
	}
	found := inAttributes(block.Attributes, values, path)
	for _, nested := range block.BlockTypes {
		inner := nested.Block
		for _, one := range elements(values[nested.TypeName], path.WithAttributeName(nested.TypeName)) {
			found = append(found, inBlock(inner, one.value, one.path)...)
		}
	}
	return found
}

func inAttributes(attributes []*tfprotov6.SchemaAttribute, values map[string]tftypes.Value, path *tftypes.AttributePath) []*tfprotov6.Diagnostic {
	var found []*tfprotov6.Diagnostic
	for _, attribute := range attributes {
		value, here := values[attribute.Name], path.WithAttributeName(attribute.Name)
		if attribute.Computed && !attribute.Optional && !value.IsNull() {
			found = append(found, &tfprotov6.Diagnostic{
				Severity:  tfprotov6.DiagnosticSeverityError,
				Summary:   "Value for unconfigurable attribute",
				Detail:    fmt.Sprintf("%q: the provider decides its value. Remove it.", attribute.Name),
				Attribute: here,
			})
			continue
		}
		if attribute.NestedType == nil {
			continue
		}
		for _, one := range elements(value, here) {
			if inner, isSet := object(one.value); isSet {
				found = append(found, inAttributes(attribute.NestedType.Attributes, inner, one.path)...)
			}
		}
	}
	return found
}

type element struct {
	value tftypes.Value
	path  *tftypes.AttributePath
}

// elements gives what is in a collection of objects; an object itself counts as one.
func elements(value tftypes.Value, path *tftypes.AttributePath) []element {
	if !value.IsKnown() || value.IsNull() {
		return nil
	}
	var found []element
	switch collection := value.Type().(type) {
	case tftypes.Object:
		return []element{{value, path}}
	case tftypes.Map:
		var inner map[string]tftypes.Value
		if value.As(&inner) == nil {
			for key, one := range inner {
				found = append(found, element{one, path.WithElementKeyString(key)})
			}
		}
	default:
		var inner []tftypes.Value
		if value.As(&inner) != nil {
			return nil
		}
		for index, one := range inner {
			step := path.WithElementKeyInt(index)
			if collection.Is(tftypes.Set{}) {
				step = path.WithElementKeyValue(one)
			}
			found = append(found, element{one, step})
		}
	}
	return found
}

func object(value tftypes.Value) (map[string]tftypes.Value, bool) {
	var values map[string]tftypes.Value
	if !value.IsKnown() || value.IsNull() || value.As(&values) != nil {
		return nil, false
	}
	return values, true
}
