// Program generate makes the Go code of our own .proto files, below internal/wire, and descriptors.binpb there, which
// holds what all of our .proto files declare. It needs protoc; the plug-ins are the module's own tools, at the versions
// of go.mod.
//
// Each file is put in its place whole, so that builds in several folders may generate at the same time.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	module = "streamtest/peer"
	spec   = "github.com/dogmatiq/interopspec/"
)

// packages tells which Go package has the code of a folder of .proto files, or of one of them.
var packages = map[string]string{
	"dogma/interop/v1/envelope.proto":    spec + "envelopespec",
	"dogma/interop/v1/eventstream.proto": spec + "eventstreamspec",
	"streamtest/control/v1":              module + "/internal/wire/controlpb",
	"streamtest/network/v1":              module + "/internal/wire/networkpb",
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

func generate() error {
	root, err := output("go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	protos := filepath.Join(root, "..", "..", "..", "adapters", "networkstream", "proto")
	scratch, err := os.MkdirTemp(root, ".generate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := os.MkdirAll(filepath.Join(scratch, "internal", "wire"), 0o755); err != nil {
		return err
	}
	arguments, err := protocArguments(protos, scratch)
	if err != nil {
		return err
	}
	if _, err := output("protoc", arguments...); err != nil {
		return err
	}
	return moveAll(scratch, root)
}

func protocArguments(protos, scratch string) ([]string, error) {
	arguments := []string{
		"--proto_path=" + protos,
		"--include_imports",
		"--descriptor_set_out=" + filepath.Join(scratch, "internal", "wire", "descriptors.binpb"),
	}
	for _, plugin := range []string{"go", "go-grpc"} {
		path, err := output("go", "tool", "-n", "protoc-gen-"+plugin)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments,
			"--plugin=protoc-gen-"+plugin+"="+path,
			"--"+plugin+"_out="+scratch,
			"--"+plugin+"_opt=module="+module)
	}
	for _, folder := range []string{"dogma/interop/v1", "streamtest/control/v1", "streamtest/network/v1"} {
		found, err := filepath.Glob(filepath.Join(protos, folder, "*.proto"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no .proto file in %s", filepath.Join(protos, folder))
		}
		for _, path := range found {
			file := folder + "/" + filepath.Base(path)
			target := packages[file]
			if target == "" {
				target = packages[folder]
			}
			if target == "" {
				return nil, fmt.Errorf("no Go package is known for %s", file)
			}
			for _, plugin := range []string{"go", "go-grpc"} {
				arguments = append(arguments, "--"+plugin+"_opt=M"+file+"="+target)
			}
			if strings.HasPrefix(target, module) {
				arguments = append(arguments, file)
			}
		}
	}
	return arguments, nil
}

// moveAll moves the files below from to the same places below to.
func moveAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.Rename(path, target)
	})
}

// output runs a program and gives what it printed, without the blank at its end.
func output(program string, arguments ...string) (string, error) {
	var printed, complaints bytes.Buffer
	command := exec.Command(program, arguments...)
	command.Stdout, command.Stderr = &printed, &complaints
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(complaints.String()))
	}
	return strings.TrimSpace(printed.String()), nil
}
