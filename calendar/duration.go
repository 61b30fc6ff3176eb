package calendar

import "time"

// Duration reads a property that holds a DURATION, which may be negative. Weeks and days are exact: 24 hours each. RFC
// 5545, section 3.3.6.
func (p *Property) Duration() (time.Duration, bool) {
	if p == nil {
		return 0, false
	}
	return parseDuration(p.prop.Value)
}
