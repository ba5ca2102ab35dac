-- A reminder without a date, for a day, or for a time, when it also alerts: its id and its fingerprint.
-- argv: boundary, timeout, list, name, notes, priority, none or day or time, year, month, day, hours, minutes, seconds
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theListName to item 3 of argv
	set theName to item 4 of argv
	set theNotes to item 5 of argv
	set theUrgency to (item 6 of argv) as integer
	set theKind to item 7 of argv
	set theDue to my moment(items 8 thru 13 of argv)
	set theId to ""
	set thePrint to ""
	with timeout of patience seconds
		tell application "Reminders"
			launch
			set theList to first list whose name is theListName
			if theKind is "time" then
				set theReminder to make new reminder at end of reminders of theList with properties {name:theName, body:theNotes, priority:theUrgency, due date:theDue, remind me date:theDue}
			else if theKind is "day" then
				set theReminder to make new reminder at end of reminders of theList with properties {name:theName, body:theNotes, priority:theUrgency, allday due date:theDue}
			else
				set theReminder to make new reminder at end of reminders of theList with properties {name:theName, body:theNotes, priority:theUrgency}
			end if
			-- The reminder is there: nothing from here on may look as if it were not.
			try
				set theId to (id of theReminder) as text
			end try
		end tell
		try
			set thePrint to my fingerprint(theReminder)
		end try
	end timeout
	return my joined(boundary, {theId, thePrint})
end run

-- What the user would see change.
on fingerprint(theReminder)
	tell application "Reminders"
		set theName to (name of theReminder) as text
		set theNotes to (body of theReminder) as text
		set theUrgency to (priority of theReminder) as text
		set isDone to (completed of theReminder) as text
		set theDue to due date of theReminder
	end tell
	return theName & linefeed & theNotes & linefeed & theUrgency & linefeed & isDone & linefeed & my dateNumbers(theDue)
end fingerprint

-- A date in numbers, which do not depend on the language of the Mac.
on dateNumbers(theDate)
	if theDate is missing value then return ""
	return ((year of theDate) as text) & "-" & ((month of theDate) as integer) & "-" & (day of theDate) & "-" & (time of theDate)
end dateNumbers

-- Numbers of year, month, day, hours, minutes, seconds. The day is 1 first: in a month of 30 days, a 31st of today's
-- would move the date on.
on moment(theNumbers)
	set theDate to current date
	set day of theDate to 1
	set year of theDate to (item 1 of theNumbers) as integer
	set month of theDate to (item 2 of theNumbers) as integer
	set day of theDate to (item 3 of theNumbers) as integer
	set hours of theDate to (item 4 of theNumbers) as integer
	set minutes of theDate to (item 5 of theNumbers) as integer
	set seconds of theDate to (item 6 of theNumbers) as integer
	return theDate
end moment

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
