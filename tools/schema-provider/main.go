// Command schema-provider is a Terraform provider that knows a schema and nothing else.
//
// It serves the `schema.json.gz` that lies beside its executable: one provider, in the layout of
// `terraform providers schema -json`. That is enough for `terraform init` from a filesystem
// mirror, for `terraform validate`, and for `terraform test` with `mock_provider`. Whatever
// would need the provider's API is refused when it is configured.
package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

const schemaFile = "schema.json.gz"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("schema-provider: it cannot find itself: %w", err)
	}
	schemas, err := open(filepath.Join(filepath.Dir(program), schemaFile))
	if err != nil {
		return err
	}
	// The address is only for debuggers that attach to a provider.
	return tf6server.Serve("registry.terraform.io/fieldday/schema", func() tfprotov6.ProviderServer {
		return &server{schemas: schemas}
	})
}

func open(path string) (*providerSchemas, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("schema-provider: no schema beside it: %w. Build the mirror anew", err)
	}
	defer file.Close()
	schemas, err := unpack(file)
	if err != nil {
		return nil, fmt.Errorf("schema-provider: %s: %w. Build the mirror anew", path, err)
	}
	return schemas, nil
}

func unpack(packed io.Reader) (*providerSchemas, error) {
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	return decode(plain)
}
