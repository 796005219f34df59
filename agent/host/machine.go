package host

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Machine is what a host is known by: values that other hosts have not, hashed,
// by name. Which of them can be read depends on who asks and on the system.
type Machine map[string]string

// The names of values.
const (
	product   = "product"  // of the board or the virtual machine; root may read it
	instance  = "instance" // of the cloud; a machine made of another's image gets another one
	machineID = "machine"  // of the installation; images that were not prepared share it
	boot      = "boot"     // of the running kernel, the same in all containers
)

// sources are where the values are, below the root directory.
var sources = map[string]string{
	product:   "sys/class/dmi/id/product_uuid",
	instance:  "var/lib/cloud/data/instance-id",
	machineID: "etc/machine-id",
	boot:      "proc/sys/kernel/random/boot_id",
}

// Look reads what this host is known by.
func Look() Machine { return lookBelow("/") }

func lookBelow(root string) Machine {
	m := Machine{}
	for name, path := range sources {
		b, err := os.ReadFile(filepath.Join(root, path))
		if value := strings.ToLower(strings.TrimSpace(string(b))); err == nil && value != "" && value != "uninitialized" {
			m[name] = hash(name, value)
		}
	}
	return m
}

// hash hides a value that is not meant to leave the host.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// String is the machine as it is stored: "name=hash name=hash".
func (m Machine) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+"="+m[name])
	}
	return strings.Join(all, " ")
}

// parse reads what String made; what it does not understand it leaves out.
func parse(text string) Machine {
	m := Machine{}
	for _, word := range strings.Fields(text) {
		if name, value, ok := strings.Cut(word, "="); ok {
			m[name] = value
		}
	}
	return m
}

// likeness is what two looks tell of whether they were at one host.
type likeness uint8

const (
	unclear likeness = iota
	same
	other
)

func (m Machine) compare(now Machine) likeness {
	differs := func(name string) bool { return m[name] != "" && now[name] != "" && m[name] != now[name] }
	equals := func(name string) bool { return m[name] != "" && m[name] == now[name] }
	switch {
	case differs(product), differs(instance):
		return other
	case equals(boot):
		return same // though a container may have another machine id each time
	case differs(machineID):
		return other
	case equals(machineID), equals(product), equals(instance):
		return same
	}
	return unclear
}
