// Command schema-provider is a Terraform provider that knows a schema and nothing else.
//
// It serves the `schema.json.gz` that lies beside its executable: one provider, in the layout of
// `terraform providers schema -json`. That is enough for `terraform init` from a filesystem
// mirror, for `terraform validate`, and for `terraform test` with `mock_provider`. Whatever
// would need the provider's API is refused when it is configured.
//
// `-debug ADDRESS` has it stay as the provider of that address, for Terraform to attach to again and
// again: it prints the TF_REATTACH_PROVIDERS to do so, and ends when its input does.
package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

const (
	schemaFile = "schema.json.gz"
	// On a busy machine.
	startTime = 30 * time.Second
)

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
	serve := func() tfprotov6.ProviderServer { return &server{schemas: schemas} }
	if len(os.Args) == 3 && os.Args[1] == "-debug" {
		go endWithInput()
		return tf6server.Serve(os.Args[2], serve, tf6server.WithManagedDebug(),
			tf6server.WithManagedDebugReattachConfigTimeout(startTime))
	}
	// The address is only for those who attach.
	return tf6server.Serve("registry.terraform.io/fieldday/schema", serve)
}

// endWithInput interrupts this process once whoever has started it is gone.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(os.Interrupt)
	}
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
