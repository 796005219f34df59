package s3

import (
	"errors"
	"fmt"
	"net"

	"shipper/outputs"
)

var (
	// ErrNotThere is returned for an object that is not in the store.
	ErrNotThere = errors.New("there is no such object")

	errClosed        = errors.New("the output is closed")
	errNoRegion      = errors.New("no region is known")
	errNoCredentials = errors.New("no credentials were found")
	errNoChecksum    = errors.New("the store did not confirm the checksum of the object")
	errChecksum      = errors.New("the store holds other bytes than were sent")
)

// The errors of SDK and store are known by what they can, not by their types.
type (
	apiError interface {
		error
		ErrorCode() string
		ErrorMessage() string
	}
	httpError interface {
		error
		HTTPStatusCode() int
	}
)

// codeOf is the store's own word for an error, "" if the error is not the store's.
func codeOf(err error) string {
	var a apiError
	if errors.As(err, &a) {
		return a.ErrorCode()
	}
	return ""
}

func statusOf(err error) int {
	var h httpError
	if errors.As(err, &h) {
		return h.HTTPStatusCode()
	}
	return 0
}

// answer is what one of the store's words means.
type answer struct {
	class outputs.Class
	cure  string
}

// answers are the words that need somebody to act. They are given before
// anything is stored, and retried slowly: a store locks out who asks in vain too
// often.
var answers = map[string]answer{
	"AccessDenied":                 {outputs.AuthError, "allow it in the policy of the user or role, and of the bucket"},
	"AccountProblem":               {outputs.AuthError, "look at the account's state"},
	"AllAccessDisabled":            {outputs.AuthError, "look at the account's state"},
	"AuthorizationHeaderMalformed": {outputs.AuthError, "set `region` to the bucket's region"},
	"ExpiredToken":                 {outputs.AuthError, "renew the credentials"},
	"IllegalLocationConstraint":    {outputs.AuthError, "set `region` to the bucket's region"},
	"InvalidAccessKeyId":           {outputs.AuthError, "correct the credentials"},
	"InvalidBucketName":            {outputs.AuthError, "correct `bucket`"},
	"InvalidStorageClass":          {outputs.AuthError, "correct `storage_class`"},
	"InvalidToken":                 {outputs.AuthError, "renew the credentials"},
	"KMS.DisabledException":        {outputs.AuthError, "enable the key that `sse_kms_key_id` names"},
	"KMS.NotFoundException":        {outputs.AuthError, "correct `sse_kms_key_id`"},
	"MethodNotAllowed":             {outputs.AuthError, "correct `endpoint`: what answers there is no object store"},
	"NoSuchBucket":                 {outputs.AuthError, "make the bucket, or correct `bucket` and `endpoint`"},
	"NotImplemented":               {outputs.AuthError, "the store lacks something that is asked for: try checksum = \"when_required\", and leave out sse and storage_class"},
	"NotSignedUp":                  {outputs.AuthError, "look at the account's state"},
	"PermanentRedirect":            {outputs.AuthError, "set `region` to the bucket's region, or correct `endpoint`"},
	"RequestTimeTooSkewed":         {outputs.AuthError, "set this machine's clock"},
	"SignatureDoesNotMatch":        {outputs.AuthError, "correct the secret key, and `region`"},
	"TokenRefreshRequired":         {outputs.AuthError, "renew the credentials"},
}

// damagedOnTheWay are words for a body that is not what its checksum says: it was
// not stored, and is sent again.
var damagedOnTheWay = map[string]bool{
	"BadDigest": true, "InvalidDigest": true, "IncompleteBody": true, "XAmzContentSHA256Mismatch": true, "XAmzContentChecksumMismatch": true,
}

// cureOf says what to do about an error, "" if waiting is all.
func cureOf(err error) string {
	switch {
	case errors.Is(err, errNoCredentials):
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write ~/.aws/credentials, or give the machine a role"
	case errors.Is(err, errNoRegion):
		return "set `region`"
	case errors.Is(err, errNoChecksum):
		return "set checksum = \"when_required\" if the store can't do CRC-32C"
	}
	if a, ok := answers[codeOf(err)]; ok {
		return a.cure
	}
	if statusOf(err) == 403 {
		return answers["AccessDenied"].cure
	}
	return ""
}

// brief says an error of the SDK without the SDK's own story.
func brief(err error) string {
	var a apiError
	if !errors.As(err, &a) {
		return err.Error()
	}
	text := a.ErrorCode()
	if m := a.ErrorMessage(); m != "" {
		text += ": " + m
	}
	if text == "" || text == "UnknownError" {
		return fmt.Sprintf("%s (HTTP status %d)", text, statusOf(err))
	}
	return text
}

// explained is an error of the store in few words, with what to do.
type explained struct{ err error }

func (e explained) Unwrap() error { return e.err }

// Error is what the store said and what to do.
func (e explained) Error() string {
	if cure := cureOf(e.err); cure != "" {
		return brief(e.err) + "; " + cure
	}
	return brief(e.err)
}

// fateOf says what became of a batch: reached tells that a request was begun for
// the object that failed, sent that one of the batch's objects may be stored.
func fateOf(err error, reached, sent bool) outputs.Fate {
	f := outputs.Fate{State: outputs.Refused, Class: outputs.Transient, BaseOffset: -1}
	code, status := codeOf(err), statusOf(err)
	known, ok := answers[code]
	var op *net.OpError
	switch {
	case errors.Is(err, errNoChecksum):
		f.State, f.Class = outputs.Unresolved, outputs.AuthError
	case errors.Is(err, errChecksum):
		f.State = outputs.Unresolved
	case ok:
		f.Class = known.class
	case code == "EntityTooLarge":
		f.Class, f.TooLarge = outputs.RecordError, true
	case damagedOnTheWay[code]:
	case status >= 500 || status == 429 || code == "SlowDown" || code == "RequestTimeout":
		f.State = outputs.Unresolved // a store may say so after it has stored
	case status == 403:
		f.Class = outputs.AuthError // HEAD has no body to say why
	case status >= 400:
		f.Class = outputs.UnknownError
	case errors.Is(err, errNoCredentials) || errors.Is(err, errNoRegion):
		f.Class = outputs.AuthError
	case !reached:
	case errors.As(err, &op) && op.Op == "dial":
	default:
		f.State = outputs.Unresolved
	}
	if sent && f.State == outputs.Refused {
		f.State = outputs.Unresolved
	}
	return f
}
