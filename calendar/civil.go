package calendar

import "time"

// Days and seconds of the clock are counted from 1 January 1970, without any zone.

const daySeconds = 24 * 60 * 60

// dayNumber counts the days to a date of the Gregorian calendar. month may be out of range, day too.
func dayNumber(year, month, day int) int {
	month--
	year += floorDiv(month, 12)
	month = month - 12*floorDiv(month, 12) + 1
	if month <= 2 { // the year begins in March, so that the leap day is its last
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	ofEra := year - 400*era
	ofYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// dateOfDay is the inverse of dayNumber.
func dateOfDay(n int) (year, month, day int) {
	n += 719468
	era := floorDiv(n, 146097)
	ofEra := n - era*146097
	year = (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*year + year/4 - year/100)
	m := (5*ofYear + 2) / 153
	day = ofYear - (153*m+2)/5 + 1
	month = m + 3
	year += 400 * era
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// weekdayOf is the day of the week.
func weekdayOf(n int) time.Weekday { return time.Weekday(n + 4 - 7*floorDiv(n+4, 7)) }

// weekOf is the first day of the week in which a day is.
func weekOf(n int, start time.Weekday) int { return n - (int(weekdayOf(n))-int(start)+7)%7 }

// yearLength is 365 or 366.
func yearLength(year int) int { return dayNumber(year+1, 1, 1) - dayNumber(year, 1, 1) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ceilDiv is a/b, b being positive, rounded up.
func ceilDiv(a, b int64) int64 {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}
