package main

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gannetmail/gannet/store/address"
)

// envPrefix begins the environment variables that set a key: GANNET_LISTEN_HTTPS is listen.https.
const envPrefix = "GANNET_"

// load builds the effective configuration of a data directory: defaults, then gannet.toml, then the
// environment, then --set. Every later one wins. Errors are *usageError: the operator can mend them.
func load(data string, environ, sets []string) (*Config, error) {
	data, err := filepath.Abs(data)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	c := defaults(data)
	if err := c.readFile(filepath.Join(data, configFile)); err != nil {
		return nil, usage(err)
	}
	if err := errors.Join(c.overlayEnv(environ), c.overlaySets(sets)); err != nil {
		return nil, usage(err)
	}
	if err := c.Validate(); err != nil {
		return nil, usage(err)
	}
	return c, nil
}

func (c *Config) readFile(name string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s; make one with: gannet init --data %s", name, filepath.Dir(name))
	} else if err != nil {
		return err
	}
	return c.read(name, text)
}

// read overlays TOML text. Unknown keys and values of the wrong form are refused with their line.
func (c *Config) read(name string, text []byte) error {
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	err := d.Decode(c)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var errs []error
		for _, e := range unknown.Errors {
			line, column := e.Position()
			key := strings.Join(e.Key(), ".")
			errs = append(errs, fmt.Errorf("%s:%d:%d: unknown key %s%s", name, line, column, key, didYouMean(key)))
		}
		return errors.Join(errs...)
	case errors.As(err, &bad):
		line, column := bad.Position()
		what := strings.TrimPrefix(bad.Error(), "toml: ")
		if key := strings.Join(bad.Key(), "."); key != "" {
			what = key + ": " + what
		}
		return fmt.Errorf("%s:%d:%d: %s", name, line, column, what)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// overlayEnv applies the variables that name a section of the configuration; others are not ours.
func (c *Config) overlayEnv(environ []string) error {
	sections := map[string]bool{}
	byEnv := map[string]string{envPrefix + "ROUTES_DEFAULT": "routes.default"}
	for _, f := range c.fields() {
		section, _, _ := strings.Cut(f.key, ".")
		sections[section] = true
		byEnv[envName(f.key)] = f.key
	}
	var errs []error
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		section, _, _ := strings.Cut(strings.ToLower(rest), "_")
		if !ours || !sections[section] && section != "routes" {
			continue
		}
		key, known := byEnv[name]
		if !known {
			errs = append(errs, fmt.Errorf("environment variable %s: there is no such key; `gannet config --reference` lists them", name))
			continue
		}
		if err := c.set(key, value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
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
