package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

// Cure is a sentence on what a person can do about an error of reaching a
// broker, "" if there is nothing in particular.
func Cure(err error) string {
	var (
		code        codes.Code
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		dial        *wire.Error
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &code):
		return code.Cure()
	case errors.As(err, &dns):
		return "Check the host name, and the name server of this machine; a name that is not in `brokers` is what the broker advertises (advertised.listeners)."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Check that the broker runs and listens on this address and port."
	case errors.As(err, &certificate):
		return "Check `ca` and `server_name` of the tls block against the broker's certificate."
	case errors.As(err, &record):
		return "The port does not speak TLS: remove the tls block or use the TLS listener's port."
	case timedOut(err):
		return "Check that the network and its firewalls let this host reach the broker, and that the broker is not stuck."
	case errors.As(err, &dial) && dial.Stage == wire.StageSASL:
		return codes.SASLAuthenticationFailed.Cure()
	case errors.As(err, &dial) && dial.Stage == wire.StageTLS:
		return "Check that the port belongs to a TLS listener, and whether it demands a client certificate."
	case errors.As(err, &dial) && dial.Stage == wire.StageVersions:
		return "Check that the port is Kafka's, and whether it needs a tls block."
	}
	return ""
}

// Explain adds the cure to an error whose code has one.
func Explain(err error) error {
	var code codes.Code
	if errors.As(err, &code) && code.Cure() != "" {
		return fmt.Errorf("%w. %s", err, code.Cure())
	}
	return err
}

// Classify is the class of an error that is not an answer to a produce request.
func Classify(err error) outputs.Class {
	var known interface{ Class() outputs.Class } // codes.Code, for one
	if errors.As(err, &known) {
		return known.Class()
	}
	var dial *wire.Error
	if errors.As(err, &dial) && dial.Refusal() {
		return outputs.AuthError
	}
	return outputs.Transient
}

func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
