//! The decisions of a run as text: the name of a counterexample.
//!
//! ```text
//! 12z.1.3z.2              runs of zeros by their length, the rest in decimal; zeros at the end are left out
//! 12z.1@31:ext4, xfs:4    and after 31 steps the power goes: image 4 of those that this persistence model allows
//! 12z.1.3z.2+57+80h       and the recovery dies before step 57, the next one when half of step 80 is done
//! 12z.1.3z.2+57:posix:4   and the power goes in the recovery before step 57, and leaves image 4
//! 12z.1.3z.2#9c41e07b     and the run that it was recorded from had this checksum
//! ```

use std::fmt;
use std::str::FromStr;

use crate::tape::Tape;

/// The decisions that were taken in a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decisions {
    pub(crate) taken: Vec<u16>,
    /// Where the power went, if it did.
    pub(crate) loss: Option<Loss>,
    /// Where the recovery was cut short, and those after it.
    pub(crate) cuts: Vec<Cut>,
    /// Of the calls and answers of the run; unknown in what people write themselves. Without it, a tape whose decisions there
    /// still are in changed code would silently mean another run.
    pub(crate) checksum: Option<u32>,
}

/// One loss of power.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    /// After how many steps.
    pub(crate) step: u64,
    /// The name of the persistence model.
    pub(crate) model: String,
    /// Which of the images that the model allows there.
    pub(crate) image: u64,
}

/// Where and how a recovery is cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Its process dies after so many steps.
    Death { step: u64 },
    /// The same, when half of what it was about to do is done.
    HalfDone { step: u64 },
    /// The power goes.
    Loss(Loss),
}

impl Cut {
    pub(crate) fn step(&self) -> u64 {
        match self {
            Self::Death { step } | Self::HalfDone { step } | Self::Loss(Loss { step, .. }) => *step,
        }
    }
}

/// The text is no tape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no part of a tape: expected numbers, or numbers of zeros such as `12z`, and perhaps a loss of power such as `@31:posix:4`, deaths of the recovery such as `+57` and a checksum such as `#9c41e07b`"
)]
pub struct TapeError(String);

impl Decisions {
    /// Without the zeros at the end.
    pub(crate) fn new(decisions: impl IntoIterator<Item = u16>, loss: Option<Loss>) -> Self {
        let mut taken: Vec<_> = decisions.into_iter().collect();
        while taken.last() == Some(&0) {
            taken.pop();
        }
        Self { taken, loss, cuts: Vec::new(), checksum: None }
    }

    pub(crate) fn of(tape: &Tape, loss: Option<Loss>) -> Self {
        Self::new(tape.taken(), loss)
    }
}

impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.taken.chunk_by(|a, b| *a == 0 && *b == 0);
        for (number, run) in runs.enumerate() {
            if number > 0 {
                f.write_str(".")?;
            }
            match run {
                [0, ..] => write!(f, "{}z", run.len())?,
                _ => write!(f, "{}", run[0])?,
            }
        }
        if let Some(Loss { step, model, image }) = &self.loss {
            write!(f, "@{step}:{model}:{image}")?;
        }
        for cut in &self.cuts {
            match cut {
                Cut::Death { step } => write!(f, "+{step}")?,
                Cut::HalfDone { step } => write!(f, "+{step}h")?,
                Cut::Loss(Loss { step, model, image }) => write!(f, "+{step}:{model}:{image}")?,
            }
        }
        match self.checksum {
            Some(checksum) => write!(f, "#{checksum:08x}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Decisions {
    type Err = TapeError;

    fn from_str(text: &str) -> Result<Self, TapeError> {
        /// Longer than any run.
        const MAX_ZEROS: usize = 1 << 20;
        let (text, checksum) = match text.split_once('#') {
            Some((rest, sum)) => {
                let checksum = u32::from_str_radix(sum, 16);
                (rest, Some(checksum.map_err(|_| TapeError(format!("#{sum}")))?))
            }
            None => (text, None),
        };
        let mut parts = text.split('+');
        let text = parts.next().unwrap_or_default();
        let cuts = parts.map(str::parse).collect::<Result<_, _>>()?;
        let (decisions, loss) = match text.split_once('@') {
            Some((decisions, loss)) => (decisions, Some(loss.parse()?)),
            None => (text, None),
        };
        let mut taken = Vec::new();
        for part in decisions.split('.').filter(|part| !part.is_empty()) {
            let error = || TapeError(part.into());
            match part.strip_suffix('z') {
                Some(zeros) => {
                    let zeros: usize = zeros.parse().map_err(|_| error())?;
                    taken.resize(taken.len() + zeros.min(MAX_ZEROS), 0);
                }
                None => taken.push(part.parse().map_err(|_| error())?),
            }
        }
        Ok(Self { taken, loss, cuts, checksum })
    }
}

impl FromStr for Cut {
    type Err = TapeError;

    fn from_str(text: &str) -> Result<Self, TapeError> {
        let number = |text: &str| text.parse().map_err(|_| TapeError(format!("+{text}")));
        if text.contains(':') {
            return Ok(Self::Loss(text.parse()?));
        }
        match text.strip_suffix('h') {
            Some(step) => Ok(Self::HalfDone { step: number(step)? }),
            None => Ok(Self::Death { step: number(text)? }),
        }
    }
}

impl FromStr for Loss {
    type Err = TapeError;

    fn from_str(text: &str) -> Result<Self, TapeError> {
        let error = || TapeError(format!("@{text}"));
        let (step, rest) = text.split_once(':').ok_or_else(error)?;
        let (model, image) = rest.rsplit_once(':').ok_or_else(error)?;
        let number = |text: &str| text.parse().map_err(|_| error());
        Ok(Self { step: number(step)?, model: model.into(), image: number(image)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for (taken, text) in
            [(vec![], ""), (vec![1, 0, 0, 3], "1.2z.3"), (vec![0, 0, 0, 2, 2], "3z.2.2")]
        {
            assert_eq!(Decisions::new(taken.clone(), None).to_string(), text);
            assert_eq!(text.parse(), Ok(Decisions { taken, ..Decisions::default() }));
        }
        assert!("1.x".parse::<Decisions>().is_err());
        assert!("9999999999999999999999z".parse::<Decisions>().is_err());
        let loss = Loss { step: 31, model: "ext4, xfs".into(), image: 4 };
        let lost = Decisions { taken: vec![1], loss: Some(loss), ..Decisions::default() };
        assert_eq!(lost.to_string(), "1@31:ext4, xfs:4");
        assert_eq!("1@31:ext4, xfs:4".parse(), Ok(lost.clone()));
        let again = Cut::Loss(Loss { step: 99, model: "posix".into(), image: 0 });
        let cuts = vec![Cut::Death { step: 57 }, Cut::HalfDone { step: 80 }, again];
        let cut = Decisions { cuts, ..lost.clone() };
        assert_eq!(cut.to_string(), "1@31:ext4, xfs:4+57+80h+99:posix:0");
        assert_eq!(cut.to_string().parse(), Ok(cut));
        let summed = Decisions { checksum: Some(0x1f), ..lost };
        assert_eq!(summed.to_string(), "1@31:ext4, xfs:4#0000001f");
        assert_eq!(summed.to_string().parse(), Ok(summed));
        for bad in
            ["1@", "@1", "@1:posix", "@x:posix:1", "@1:posix:x", "1#", "1#x", "1+", "1+h", "1+x"]
        {
            assert!(bad.parse::<Decisions>().is_err(), "{bad}");
        }
    }
}
