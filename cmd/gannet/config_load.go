package main

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store/address"
)

// envPrefix begins the environment variables that set a key: GANNET_LISTEN_HTTPS is listen.https.
const envPrefix = "GANNET_"

// load builds the effective configuration of a data directory: defaults, then gannet.toml, then the
// environment, then --set. Every later one wins. All problems are reported at once, as errors that exit with
// exitUsage: the operator can mend them.
func load(data string, environ, sets []string) (*Config, error) {
	data, err := filepath.Abs(data)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	c := defaults(data)
	err = c.readFile(filepath.Join(data, configFile))
	if errors.Is(err, errNoConfig) || errors.Is(err, fs.ErrPermission) {
		return nil, usage(err)
	}
	err = errors.Join(err, c.overlayEnv(environ))
	lasting := c.Server.Hostname
	err = errors.Join(err, c.overlaySets(sets))
	c.hostnameForRun = c.Server.Hostname != lasting
	if err := errors.Join(err, c.Validate()); err != nil {
		return nil, usage(err)
	}
	return c, nil
}

// otherVariables begin with envPrefix and set no key: the data directory, and what the tests read.
var otherVariables = []string{"GANNET_DATA", "GANNET_CORPUS", "GANNET_BINARY", "GANNET_ROUNDS", "GANNET_SEED"}

// overlayEnv applies the variables that name a key. Any other with the prefix is refused, since it may
// be a key that was mistyped.
func (c *Config) overlayEnv(environ []string) error {
	byEnv := map[string]string{envPrefix + "ROUTES_DEFAULT": "routes.default"}
	for _, f := range c.fields() {
		byEnv[envName(f.key)] = f.key
	}
	var errs []error
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(otherVariables, name) || fromOrchestrator(name) {
			continue
		}
		key, known := byEnv[name]
		if !known {
			section, last, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_")
			errs = append(errs, fmt.Errorf("environment variable %s: there is no such key%s", name, didYouMean(section+"."+last)))
			continue
		}
		if err := c.set(key, value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// fromOrchestrator reports whether Kubernetes sets a variable in every container beside a service that
// is called gannet: GANNET_SERVICE_HOST, GANNET_PORT_443_TCP, ….
func fromOrchestrator(name string) bool {
	rest := strings.TrimPrefix(name, envPrefix)
	return strings.HasPrefix(rest, "SERVICE_") || rest == "PORT" || strings.HasPrefix(rest, "PORT_")
}

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func (c *Config) overlaySets(sets []string) error {
	var errs []error
	for _, s := range sets {
		key, value, found := strings.Cut(s, "=")
		if !found {
			errs = append(errs, fmt.Errorf("--set %s: want section.key=value", s))
			continue
		}
		if err := c.set(strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			errs = append(errs, fmt.Errorf("--set %s: %w", s, err))
		}
	}
	return errors.Join(errs...)
}

// field is one key of the configuration.
type field struct {
	key  string // section.key
	help string
	v    reflect.Value // addressable
}

// fields lists all keys but the routes, in the order of the struct.
func (c *Config) fields() []field {
	var all []field
	root := reflect.ValueOf(c).Elem()
	for i := range root.NumField() {
		section := root.Type().Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue
		}
		for j := range section.Type.NumField() {
			f := section.Type.Field(j)
			all = append(all, field{
				key:  section.Tag.Get("toml") + "." + f.Tag.Get("toml"),
				help: f.Tag.Get("help"),
				v:    root.Field(i).Field(j),
			})
		}
	}
	return all
}

// set gives a key a value in text form. Lists are separated by commas.
func (c *Config) set(key, value string) error {
	if domain, ok := strings.CutPrefix(key, "routes."); ok {
		var r Route
		if err := r.UnmarshalText([]byte(value)); err != nil {
			return err
		}
		c.Routes[domain] = r
		return nil
	}
	for _, f := range c.fields() {
		if f.key == key {
			return setValue(f.v, value)
		}
	}
	return fmt.Errorf("there is no key %s%s", key, didYouMean(key))
}

func setValue(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		v.SetBool(b)
	case reflect.Slice:
		return setList(v, text)
	default:
		return fmt.Errorf("a value of type %s cannot be set from text", v.Type())
	}
	return nil
}

func setList(v reflect.Value, text string) error {
	list := reflect.MakeSlice(v.Type(), 0, 0)
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := setValue(e, part); err != nil {
			return err
		}
		list = reflect.Append(list, e)
	}
	v.Set(list)
	return nil
}

// didYouMean names the known key that looks most like an unknown one.
func didYouMean(key string) string {
	_, last, _ := strings.Cut(key, ".")
	for _, f := range defaults("").fields() {
		_, name, _ := strings.Cut(f.key, ".")
		if name == last || strings.ReplaceAll(name, "_", "") == strings.ReplaceAll(strings.ReplaceAll(last, "-", ""), "_", "") {
			return "; did you mean " + f.key + "?"
		}
	}
	return "; `gannet config --reference` lists all"
}

// canonicalRoutes puts the domains of the routes into the form in which the queue looks them up.
func (c *Config) canonicalRoutes() error {
	var errs []error
	canonical := make(map[string]Route, len(c.Routes))
	for _, domain := range slices.Sorted(maps.Keys(c.Routes)) {
		name := domain
		if domain != defaultRoute {
			var err error
			if name, err = address.Domain(domain); err != nil {
				errs = append(errs, fmt.Errorf("routes.%s: not a domain", domain))
				continue
			}
		}
		canonical[name] = c.Routes[domain]
	}
	c.Routes = canonical
	return errors.Join(errs...)
}
