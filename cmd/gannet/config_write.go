package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// sectionHelp introduces the sections of the reference.
var sectionHelp = map[string]string{
	"listen": `Each listener is host:port, or "off". To serve other machines, use 0.0.0.0 or [::] and the well-known ports.`,
	"routes": "Where mail for other domains goes. Without a route for its domain or a default, it comes back to its sender.",
}

// writeReference writes every key with its explanation and default. Keys that are equal to the
// default are commented out, so that a later version may have better ones.
func (c *Config) writeReference(w io.Writer) error {
	return c.write(w, true)
}

// writeEffective writes what is in force, as a file that could be used.
func (c *Config) writeEffective(w io.Writer) error {
	return c.write(w, false)
}

func (c *Config) write(w io.Writer, reference bool) error {
	out := bufio.NewWriter(w)
	usual := map[string]string{}
	for _, f := range defaults("").fields() {
		usual[f.key] = tomlValue(f.v)
	}
	section := ""
	for _, f := range c.fields() {
		head, name, _ := strings.Cut(f.key, ".")
		if head != section {
			if head == "activesync" {
				c.writeRoutes(out, reference)
			}
			section = head
			writeSection(out, section, reference)
		}
		value := tomlValue(f.v)
		if !reference {
			fmt.Fprintf(out, "%s = %s\n", name, value)
			continue
		}
		mark := ""
		if value == usual[f.key] {
			mark = "# "
		}
		fmt.Fprintf(out, "\n%s\n%s%s = %s\n", comment(f.help), mark, name, value)
	}
	return out.Flush()
}

func writeSection(out *bufio.Writer, section string, reference bool) {
	if section != "server" { // the first
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "[%s]\n", section)
	if help := sectionHelp[section]; help != "" && reference {
		fmt.Fprintln(out, comment(help))
	}
}

func (c *Config) writeRoutes(out *bufio.Writer, reference bool) {
	writeSection(out, "routes", reference)
	if reference && len(c.Routes) == 0 {
		fmt.Fprint(out, "\n# \"partner.example\" = \"smtp://mx.partner.example:25\"\n# default = \"smtp://relay.example:25\"\n")
	}
	for _, domain := range slices.Sorted(maps.Keys(c.Routes)) {
		fmt.Fprintf(out, "%q = %q\n", domain, string(c.Routes[domain]))
	}
}

// values is what is in force by section and key: lists, numbers, true and false as such, the rest as text.
func (c *Config) values() map[string]map[string]any {
	routes := map[string]any{}
	for domain, route := range c.Routes {
		routes[domain] = string(route)
	}
	all := map[string]map[string]any{"routes": routes}
	for _, f := range c.fields() {
		section, name, _ := strings.Cut(f.key, ".")
		if all[section] == nil {
			all[section] = map[string]any{}
		}
		all[section][name] = plainValue(f.v)
	}
	return all
}

func plainValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Int, reflect.Bool:
		return v.Interface()
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plainValue(v.Index(i)))
		}
		return list
	}
	return fmt.Sprint(v.Interface())
}

func tomlValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Int, reflect.Bool:
		return fmt.Sprint(v.Interface())
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, tomlValue(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return strconv.Quote(fmt.Sprint(v.Interface()))
}

// comment breaks help into lines that begin with "# ".
func comment(help string) string {
	var b strings.Builder
	length := 0
	for i, word := range strings.Fields(help) {
		switch {
		case i == 0:
			b.WriteString("# ")
		case length+len(word) > 96:
			b.WriteString("\n# ")
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}
