-- Removes an event that is still as it was made: removed, changed or gone.
-- argv: boundary, timeout, calendar, uid, fingerprint
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theCalendarName to item 3 of argv
	set theUid to item 4 of argv
	set thePrint to item 5 of argv
	set theOutcome to "gone"
	with timeout of patience seconds
		tell application "Calendar"
			launch
			set theCalendar to first calendar whose name is theCalendarName and writable is true
			set theEvents to (every event of theCalendar whose uid is theUid)
			if theEvents is not {} then
				set theEvent to item 1 of theEvents
				set theOutcome to "changed"
				considering case, diacriticals, hyphens, punctuation and white space
					if (my fingerprint(theEvent)) is thePrint then set theOutcome to "removed"
				end considering
				if theOutcome is "removed" then delete theEvent
			end if
		end tell
	end timeout
	return my joined(boundary, {theOutcome})
end run

-- What the user would see change.
on fingerprint(theEvent)
	tell application "Calendar"
		set theSummary to (summary of theEvent) as text
		set thePlace to (location of theEvent) as text
		set theNotes to (description of theEvent) as text
		set theStart to start date of theEvent
		set theEnd to end date of theEvent
	end tell
	return theSummary & linefeed & thePlace & linefeed & theNotes & linefeed & my dateNumbers(theStart) & linefeed & my dateNumbers(theEnd)
end fingerprint

-- A date in numbers, which do not depend on the language of the Mac.
on dateNumbers(theDate)
	if theDate is missing value then return ""
	return ((year of theDate) as text) & "-" & ((month of theDate) as integer) & "-" & (day of theDate) & "-" & (time of theDate)
end dateNumbers

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
