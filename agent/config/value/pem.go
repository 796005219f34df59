package value

import (
	"encoding/pem"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// PEM is a PEM text, and the file that it came from if the configuration names
// one, so that it can be read again.
type PEM struct {
	Text string
	File string // absolute path, "" if the text itself is written
}

// SecretPEM is a PEM whose text is not to be shown.
type SecretPEM struct {
	Text Secret
	File string
}

// PEMText is a path of a PEM file, or its text.
func PEMText(to *PEM) Kind {
	return pemKind(func(text, file string) { *to = PEM{text, file} })
}

// SecretPEMText is likewise for a private key.
func SecretPEMText(to *SecretPEM) Kind {
	return pemKind(func(text, file string) { *to = SecretPEM{Secret(text), file} })
}

func pemKind(put func(text, file string)) Kind {
	return Kind{"PEM file or text", func(d *Decoder, e hclsyntax.Expression) {
		s, ok := d.text(e)
		if !ok {
			return
		}
		file := ""
		if !strings.Contains(s, "-----BEGIN ") {
			if strings.ContainsAny(s, "\n\x00") || len(s) > 255 || s == "" {
				d.ErrorAt(e.Range(), d.Key+" is neither PEM text nor the path of a PEM file", "")
				return
			}
			if file = s; !filepath.IsAbs(file) {
				file = filepath.Join(filepath.Dir(e.Range().Filename), file)
			}
			if abs, err := filepath.Abs(file); err == nil {
				file = abs
			}
			if s, ok = d.file(e.Range(), s); !ok {
				return
			}
		}
		if block, _ := pem.Decode([]byte(s)); block == nil {
			d.ErrorAt(e.Range(), d.Key+" holds no PEM block", "PEM text starts with -----BEGIN ...")
			return
		}
		put(s, file)
	}}
}
