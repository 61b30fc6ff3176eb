package contacts

import "github.com/gannetmail/gannet/store"

// A Person is one row of the address list: somebody with an account, or a list. Empty fields are not known.
type Person struct {
	Account store.AccountID // 0: a list
	Display string          // never empty
	First   string
	Last    string
	Alias   string // local part of Address
	Address string // canonical
	List    bool   // mail goes to all of Members
	Members []store.AccountID

	Properties
}

// Properties are what the operator noted of a person. The setting "person" holds them as JSON.
type Properties struct {
	Phone       string `json:"phone,omitempty"` // at work
	Office      string `json:"office,omitempty"`
	Title       string `json:"title,omitempty"`
	Company     string `json:"company,omitempty"`
	HomePhone   string `json:"homePhone,omitempty"`
	MobilePhone string `json:"mobilePhone,omitempty"`
	FirstName   string `json:"firstName,omitempty"` // empty: taken from the display name
	LastName    string `json:"lastName,omitempty"`
}
