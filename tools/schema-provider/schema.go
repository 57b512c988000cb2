package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// providerSchemas is what the plugin protocol asks a provider for.
type providerSchemas struct {
	provider    *tfprotov6.Schema
	resources   map[string]*tfprotov6.Schema
	dataSources map[string]*tfprotov6.Schema
	ephemerals  map[string]*tfprotov6.Schema
}

// The JSON of `terraform providers schema -json`, below one provider's address.
type (
	providerJSON struct {
		Provider    schemaJSON            `json:"provider"`
		Resources   map[string]schemaJSON `json:"resource_schemas"`
		DataSources map[string]schemaJSON `json:"data_source_schemas"`
		Ephemerals  map[string]schemaJSON `json:"ephemeral_resource_schemas"`
	}
	schemaJSON struct {
		Version int64     `json:"version"`
		Block   blockJSON `json:"block"`
	}
	blockJSON struct {
		Attributes map[string]attributeJSON   `json:"attributes"`
		BlockTypes map[string]nestedBlockJSON `json:"block_types"`
	}
	attributeJSON struct {
		Type       json.RawMessage `json:"type"`
		NestedType *nestedTypeJSON `json:"nested_type"`
		Required   bool            `json:"required"`
		Optional   bool            `json:"optional"`
		Computed   bool            `json:"computed"`
		Sensitive  bool            `json:"sensitive"`
		Deprecated bool            `json:"deprecated"`
		WriteOnly  bool            `json:"write_only"`
	}
	nestedTypeJSON struct {
		Attributes  map[string]attributeJSON `json:"attributes"`
		NestingMode string                   `json:"nesting_mode"`
	}
	nestedBlockJSON struct {
		NestingMode string    `json:"nesting_mode"`
		Block       blockJSON `json:"block"`
		MinItems    int64     `json:"min_items"`
		MaxItems    int64     `json:"max_items"`
	}
)

var blockNesting = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
	"group":  tfprotov6.SchemaNestedBlockNestingModeGroup,
}

var objectNesting = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
}

// decode reads one provider's schemas; the error names the type and the argument at fault.
func decode(source io.Reader) (*providerSchemas, error) {
	var read providerJSON
	if err := json.NewDecoder(source).Decode(&read); err != nil {
		return nil, err
	}
	provider, err := schema(read.Provider)
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	found := &providerSchemas{provider: provider}
	for _, kind := range []struct {
		from map[string]schemaJSON
		to   *map[string]*tfprotov6.Schema
	}{
		{read.Resources, &found.resources},
		{read.DataSources, &found.dataSources},
		{read.Ephemerals, &found.ephemerals},
	} {
		if *kind.to, err = schemas(kind.from); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func schemas(read map[string]schemaJSON) (map[string]*tfprotov6.Schema, error) {
	found := make(map[string]*tfprotov6.Schema, len(read))
	for name, one := range read {
		made, err := schema(one)
		if err != nil {
			return nil, fmt.Errorf("%s.%w", name, err)
		}
		found[name] = made
	}
	return found, nil
}

func schema(read schemaJSON) (*tfprotov6.Schema, error) {
	made, err := block(read.Block)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.Schema{Version: read.Version, Block: made}, nil
}

func block(read blockJSON) (*tfprotov6.SchemaBlock, error) {
	made := &tfprotov6.SchemaBlock{}
	var err error
	if made.Attributes, err = attributes(read.Attributes); err != nil {
		return nil, err
	}
	for name, nested := range read.BlockTypes {
		inner, err := block(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s.%w", name, err)
		}
		mode, known := blockNesting[nested.NestingMode]
		if !known {
			return nil, fmt.Errorf("%s: nesting mode %q is unknown", name, nested.NestingMode)
		}
		made.BlockTypes = append(made.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Nesting:  mode,
			Block:    inner,
			MinItems: nested.MinItems,
			MaxItems: nested.MaxItems,
		})
	}
	return made, nil
}

func attributes(read map[string]attributeJSON) ([]*tfprotov6.SchemaAttribute, error) {
	var made []*tfprotov6.SchemaAttribute
	for name, one := range read {
		attribute := &tfprotov6.SchemaAttribute{
			Name:       name,
			Required:   one.Required,
			Optional:   one.Optional,
			Computed:   one.Computed,
			Sensitive:  one.Sensitive,
			Deprecated: one.Deprecated,
			WriteOnly:  one.WriteOnly,
		}
		var err error
		if one.NestedType != nil {
			attribute.NestedType, err = nestedType(*one.NestedType)
		} else {
			attribute.Type, err = parseType(one.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made = append(made, attribute)
	}
	return made, nil
}

func nestedType(read nestedTypeJSON) (*tfprotov6.SchemaObject, error) {
	mode, known := objectNesting[read.NestingMode]
	if !known {
		return nil, fmt.Errorf("nesting mode %q is unknown", read.NestingMode)
	}
	inner, err := attributes(read.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.SchemaObject{Attributes: inner, Nesting: mode}, nil
}
