package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// server answers what Terraform asks before it configures a provider.
type server struct {
	// Nil: configuring always fails, so that what comes after it (read, plan, apply) is never asked.
	tfprotov6.ProviderServer
	schemas *providerSchemas
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{}, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		// Lets Terraform keep the schema instead of asking each new process for it.
		ServerCapabilities:       &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true},
		Provider:                 s.schemas.provider,
		ResourceSchemas:          s.schemas.resources,
		DataSourceSchemas:        s.schemas.dataSources,
		EphemeralResourceSchemas: s.schemas.ephemerals,
	}, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) GetFunctions(context.Context, *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{}, nil
}

func (s *server) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s *server) ValidateResourceConfig(_ context.Context, request *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	found := unconfigurable(s.schemas.resources[request.TypeName], request.Config)
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: found}, nil
}

func (s *server) ValidateDataResourceConfig(_ context.Context, request *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	found := unconfigurable(s.schemas.dataSources[request.TypeName], request.Config)
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: found}, nil
}

func (s *server) ValidateEphemeralResourceConfig(_ context.Context, request *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	found := unconfigurable(s.schemas.ephemerals[request.TypeName], request.Config)
	return &tfprotov6.ValidateEphemeralResourceConfigResponse{Diagnostics: found}, nil
}

// UpgradeResourceState gives a state back as it is: it was made with this very schema. OpenTofu asks
// for it even where a provider is mocked.
func (s *server) UpgradeResourceState(_ context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	schema, known := s.schemas.resources[request.TypeName]
	if !known {
		return nil, fmt.Errorf("%s: no such resource type", request.TypeName)
	}
	state, err := request.RawState.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	upgraded, err := tfprotov6.NewDynamicValue(schema.ValueType(), state)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &upgraded}, err
}

func (s *server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{Diagnostics: []*tfprotov6.Diagnostic{{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "This provider has a schema only",
		Detail: "It can validate, and be mocked in tests. Give the test a mock_provider for it, " +
			"or run with the real provider.",
	}}}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}
