// Package kql reads what people type into a search field: the Keyword Query Language of Exchange, as far as it concerns
// mail, in a form that never refuses a query for its grammar.
//
// Start from [Parse], which makes a find.Key of a text.
//
//	lunch monday              both words, anywhere in the message, also inside of words
//	"lunch on monday"         these words as they stand
//	from:anna subject:"q3"    both restrictions
//	from:anna from:bo         either: several values of one property in a row
//	lunch OR dinner, NOT x    AND, OR and NOT in capitals; -x is NOT x
//	(a OR b) from:(c OR d)    parentheses, also around the values of a property
//	received>=2024-06-01      : = < > <= >= <> and, of dates and sizes, first..last
//
// The properties are in a table in property.go. What stands before a colon and is no property, and a value that its
// property does not know, is text to look for as it stands: "Re: 10:30" looks for "Re" and for "10:30". NEAR and ONEAR
// are AND. A parenthesis that is not closed ends with the text.
//
// Dates are days where the server is: 2024-06-15, 2024-06, 2024, 6/15/2024, 15.6.2024, today, yesterday, the days of the
// week (the last one that was), months (likewise), this and last week (from Monday on), month and year. A moment such as
// 2024-06-15T10:30 is in UTC where it has no offset.
//
// A query is bounded by [MaxTerms] and [MaxDepth]; one beyond them is [ErrComplex].
package kql
